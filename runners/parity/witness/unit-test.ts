/** A witness as a unit test of the dbt model: the staged rows that it reads, and the row that it must make of them. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { gridName } from '../../../compiler/artifacts/dbt/names.ts';
import { outputName } from '../../../compiler/artifacts/lambda.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import { duckdb } from '../../../compiler/emit/dialect.ts';
import { timestamp } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { loadRaw, stagedTable } from '../../batch/evaluate.ts';
import type { SourceRows } from '../../data/events.ts';
import { formatValue } from '../../data/format-value.ts';
import { openDuckdb } from '../../engines/duckdb.ts';
import type { TypedColumn } from '../../engines/engine.ts';
import { evaluateFeature } from '../../reference/index.ts';
import { compare } from '../compare.ts';
import { keyOf, sourceOf, yaml } from './print.ts';
import { type Case, moved } from './rekey.ts';
import type { Witness } from './witness.ts';

/** null: on the model's grid the rows mean something else. */
export async function dbtUnitTest(compiled: CompiledFeature, catalog: Catalog, witness: Witness, cause: string): Promise<string | null> {
  const { feature } = compiled;
  if (feature.every === null) return null;
  const every = BigInt(feature.every);
  const onGrid = moved(witness, catalog, (every - (witness.row.asOf % every)) % every);
  const events = batchRows(onGrid, feature.sources, catalog);
  const meant = { knowledge: 'event' } as const;
  const [values = []] = evaluateFeature(feature, catalog, events, [onGrid.row], meant);
  if (compare(feature.outputs, [values], [witness.batch]).mismatches > 0) return null;
  // The model holds entities that the query has a row for.
  const bare = { ...feature, groupsByEntity: false, outputs: feature.outputs.map((o) => ({ ...o, default: null })) };
  const [row = []] = evaluateFeature(bare, catalog, events, [onGrid.row], meant);
  const asOf = formatValue(onGrid.row.asOf, timestamp);
  const expected = row.every((value) => value === null)
    ? []
    : [
        {
          ...keyOf(compiled, onGrid),
          as_of: asOf,
          ...Object.fromEntries(feature.outputs.map((o, i) => [outputName(o.name), formatValue(values[i] ?? null, o.type)])),
        },
      ];
  const given = await stagedRows(events, feature.sources, catalog);
  return yaml([
    {
      name: `${feature.name}_${cause}`.replaceAll(/\W+/g, '_'),
      model: gridName(feature.name),
      overrides: { vars: { lockstep_start: asOf, lockstep_end: formatValue(onGrid.row.asOf + 1n, timestamp) } },
      given: given.map(({ source, rows }) => ({ input: `ref('stg_${source}')`, rows })),
      expect: { rows: expected },
    },
  ]);
}

function batchRows({ pairs }: Case, sources: readonly string[], catalog: Catalog): ReadonlyMap<string, SourceRows> {
  return new Map(
    sources.map((name): [string, SourceRows] => [
      name,
      {
        columns: sourceOf(catalog, name).columns.map((c) => c.name),
        rows: pairs.flatMap((p) => (p.source === name && p.batch !== null ? [p.batch] : [])),
      },
    ]),
  );
}

async function stagedRows(
  events: ReadonlyMap<string, SourceRows>,
  sources: readonly string[],
  catalog: Catalog,
): Promise<readonly { readonly source: string; readonly rows: readonly Readonly<Record<string, unknown>>[] }[]> {
  const connection = await openDuckdb({ threads: 1 });
  try {
    await loadRaw(connection, catalog, sources, events);
    const found = [];
    for (const name of sources) {
      const columns = stagedColumns(sourceOf(catalog, name));
      const rows = await connection.query(`FROM ${stagedTable(name, duckdb)}`, columns);
      found.push({
        source: name,
        rows: rows.map((row) =>
          Object.fromEntries(columns.map((c, i) => [outputName(c.name), formatValue((row[i] ?? null) as Value, c.type)])),
        ),
      });
    }
    return found;
  } finally {
    connection.close();
  }
}

function stagedColumns(source: Source): readonly TypedColumn[] {
  const own = source.columns.map(({ name, type }) => ({ name, type }));
  return source.kind === 'stream' ? own : [...own, { name: 'VALID_FROM', type: timestamp }, { name: 'VALID_TO', type: timestamp }];
}
