/** A witness as people and tools take it: rows, an example for the feature's header, a unit test for dbt. */
import { stringify } from 'yaml';
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { outputName } from '../../../compiler/artifacts/lambda.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import { timestamp } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { formatValue } from '../../data/format-value.ts';
import { ingestPlace } from '../../data/row-time.ts';
import type { Pair } from '../evidence/pairs.ts';
import type { Witness } from './witness.ts';

/** When the stream had a row, as an event store calls it. */
export const arrivedColumn = 'lockstep.arrived_at';

type Shown = Readonly<Record<string, unknown>>;

export interface PrintedWitness {
  readonly key: Shown;
  readonly asOf: unknown;
  /** Where it is not `asOf`: what had arrived by then was known. */
  readonly askedAt?: unknown;
  readonly batch: Shown;
  readonly stream: Shown;
  readonly rekeyed: boolean;
  /** By source: what each side has of it. */
  readonly events: Readonly<Record<string, { readonly batch: readonly Shown[]; readonly stream: readonly Shown[] }>>;
  /** An entry of `examples:` in the feature's header: what batch says is what is meant. */
  readonly example: string;
  /** An entry of `unit_tests:`; null where the instant cannot be laid on the model's grid without changing the answer. */
  readonly dbtUnitTest: string | null;
}

export function printWitness(
  compiled: CompiledFeature,
  catalog: Catalog,
  witness: Witness,
  cause: string,
  unitTest: string | null,
): PrintedWitness {
  const { feature } = compiled;
  const outputs = (values: readonly Value[]): Shown =>
    Object.fromEntries(feature.outputs.map((o, i) => [outputName(o.name), formatValue(values[i] ?? null, o.type)]));
  const key = keyOf(compiled, witness);
  const asOf = formatValue(witness.row.asOf, timestamp);
  const events = Object.fromEntries(
    feature.sources.map((name) => {
      const source = sourceOf(catalog, name);
      const rows = (side: 'batch' | 'stream'): readonly Shown[] =>
        witness.pairs.flatMap((p) => {
          if (p.source !== name || p[side] === null) return [];
          return [side === 'stream' ? { ...shownRow(source, p[side]), ...arrival(source, p) } : shownRow(source, p[side])];
        });
      return [name, { batch: rows('batch'), stream: rows('stream') }];
    }),
  );
  const expect = { ...key, ...outputs(witness.batch) };
  const example = [
    {
      name: `witness: ${cause}`,
      events: Object.fromEntries(Object.entries(events).map(([name, e]) => [name, e.batch])),
      as_of: asOf,
      expect,
    },
  ];
  return {
    key,
    asOf,
    ...(witness.row.arrivedBy === undefined ? {} : { askedAt: formatValue(witness.row.arrivedBy, timestamp) }),
    batch: outputs(witness.batch),
    stream: outputs(witness.stream),
    rekeyed: witness.rekeyed,
    events,
    example: yaml(example),
    dbtUnitTest: unitTest,
  };
}

export const yaml = (value: unknown): string =>
  stringify(value, { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' });

export function keyOf({ feature }: CompiledFeature, { row }: Pick<Witness, 'row'>): Shown {
  return Object.fromEntries(feature.entity.map((e, i) => [outputName(e.name), formatValue(row.entity[i] ?? null, e.type)]));
}

/** Where no column says it. */
function arrival(source: Source, { stream, arrivedAt }: Pair): Shown {
  const isSaid = arrivedAt === null || arrivedAt === stream?.[ingestPlace(source)];
  return isSaid ? {} : { [arrivedColumn]: formatValue(arrivedAt, timestamp) };
}

function shownRow(source: Source, row: readonly Value[]): Shown {
  return Object.fromEntries(source.columns.map((c, i) => [outputName(c.name), formatValue(row[i] ?? null, c.type)]));
}

export function sourceOf(catalog: Catalog, name: string): Source {
  const source = catalog.sources.find((s) => s.name === name);
  if (source === undefined) throw new Error(`no source ${name}`);
  return source;
}
