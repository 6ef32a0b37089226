/** The repository's own project, and generated events with their declared types. */
import { fileURLToPath } from 'node:url';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { outputName } from '../../compiler/artifacts/lambda.ts';
import type { Source } from '../../compiler/catalog.ts';
import { type SqlType, timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { generateMarketplace } from '../../examples/marketplace/generate.ts';
import type { Cell, Row } from '../../examples/marketplace/rows.ts';
import { spineOf } from '../../examples/marketplace/spine.ts';
import { loadProject } from '../../runners/cli/load.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import { formatValue } from '../../runners/data/format-value.ts';
import { parseJsonValue } from '../../runners/data/parse-value.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import type { Answered } from '../../runners/parity/forms.ts';
import { compareLogic } from '../../runners/parity/logic.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';

export const project = await loadProject(fileURLToPath(new URL('../../', import.meta.url)));
export const { catalog } = project.authored;

export function featureNamed(name: string): CompiledFeature {
  const found = project.compiled.features.find((f) => f.feature.name === name);
  if (found === undefined) throw new Error(`no feature ${name}`);
  return found;
}

export interface World {
  readonly raw: ReadonlyMap<string, readonly Row[]>;
  readonly events: ReadonlyMap<string, SourceRows>;
}

export function worldOf(seed: number, size: number): World {
  const raw = generateMarketplace(seed, size);
  return { raw, events: new Map(catalog.sources.map((source) => [source.name, typed(source, raw.get(source.name) ?? [])])) };
}

export function typed({ columns }: Source, rows: readonly Row[]): SourceRows {
  return {
    columns: columns.map((c) => c.name),
    rows: rows.map((row) => columns.map((c) => valueOf(row[c.name.toLowerCase()] ?? null, c.type))),
  };
}

export function valueOf(cell: Cell, type: SqlType): Value {
  const json =
    typeof cell === 'number'
      ? ({ kind: 'number', text: String(cell) } as const)
      : typeof cell === 'string'
        ? ({ kind: 'string', text: cell } as const)
        : cell;
  const parsed = parseJsonValue(json, type);
  if ('problem' in parsed) throw new Error(`${String(cell)}: ${parsed.problem}`);
  return parsed.value;
}

export interface Asked {
  /** As they stand in a file. */
  readonly rows: readonly Row[];
  readonly spine: readonly SpineRow[];
}

export function asked({ feature }: CompiledFeature, { raw }: World, most: number): Asked {
  const names = feature.entity.map((e) => e.name.toLowerCase());
  const rows = spineOf(raw, names, most);
  return {
    rows,
    spine: rows.map((row) => ({
      entity: feature.entity.map((e) => valueOf(row[e.name.toLowerCase()] ?? null, e.type)),
      asOf: valueOf(row['as_of'] ?? null, timestamp) as bigint,
    })),
  };
}

/** As a request names it: the instant stands beside the entities. */
export function entityOnly({ as_of: _, ...entity }: Row): Row {
  return entity;
}

export function answers(compiled: CompiledFeature, { events }: World, spine: readonly SpineRow[]): Promise<Answered> {
  return compareLogic(compiled, compiledLambda(compiled, catalog), catalog, events, spine);
}

/** As the command line prints it. */
export function printed({ feature }: CompiledFeature, values: readonly Value[]): Record<string, unknown> {
  return Object.fromEntries(feature.outputs.map((o, i) => [outputName(o.name), formatValue(values[i] ?? null, o.type)]));
}
