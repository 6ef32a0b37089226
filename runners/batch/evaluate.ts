/** The batch form on an engine: raw rows staged as the warehouse stages them, then one statement for the whole spine. */

import { stagingSql } from '../../compiler/artifacts/staging.ts';
import type { Catalog, Source } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { type Dialect, identifier } from '../../compiler/emit/dialect.ts';
import { planSql } from '../../compiler/emit/plan-sql.ts';
import { asOfColumn, type Plan } from '../../compiler/plan/plan.ts';
import { integer, timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import type { Connection, TypedColumn } from '../engines/engine.ts';

/** Where an engine has the rows of sources; the spine is where it puts what has no schema. */
export interface Places {
  readonly schemas: readonly string[];
  readonly raw: (source: string) => string;
  readonly staged: (source: string) => string;
}

/** Schemas of their own, where nobody else has any. */
const ownSchemas = (dialect: Dialect): Places => ({
  schemas: ['raw', 'staged'],
  raw: (source) => `raw.${identifier(source.toUpperCase(), dialect)}`,
  staged: (source) => `staged.${identifier(source.toUpperCase(), dialect)}`,
});

export const stagedTable = (source: string, dialect: Dialect): string => ownSchemas(dialect).staged(source);

export async function loadRaw(
  connection: Connection,
  catalog: Catalog,
  sources: readonly string[],
  events: ReadonlyMap<string, SourceRows>,
  places: Places = ownSchemas(connection.dialect),
): Promise<void> {
  for (const schema of places.schemas) await connection.schema(schema);
  for (const source of catalog.sources.filter((s) => sources.includes(s.name))) {
    await connection.load(
      places.raw(source.name),
      source.columns.map(({ name, type }) => ({ name, type })),
      events.get(source.name)?.rows ?? [],
    );
    await stagedFrom(connection, source, places);
  }
}

/** From `raw.<source>`, which must be there, to the clean rows that features read. */
export async function stage(connection: Connection, source: Source): Promise<void> {
  await connection.schema('staged');
  await stagedFrom(connection, source, ownSchemas(connection.dialect));
}

async function stagedFrom(connection: Connection, source: Source, { raw, staged }: Places): Promise<void> {
  const table = staged(source.name);
  await connection.execute(`DROP TABLE IF EXISTS ${table}`);
  await connection.execute(`CREATE TABLE ${table} AS\n${stagingSql(source, raw(source.name), connection.dialect)}`);
}

const ordinal: TypedColumn = { name: 'ORDINAL', type: integer };

export function batchSql(plan: Plan, dialect: Dialect, { staged }: Places = ownSchemas(dialect)): string {
  return planSql(plan, {
    dialect,
    source: staged,
    spine: { text: 'spine' },
    passed: [ordinal.name],
    rows: 'asked',
    appended: [],
    orderBy: 'spine.ordinal',
  });
}

/** Outputs for each row of the spine, in order. */
export async function evaluateBatch(
  connection: Connection,
  feature: CheckedFeature,
  plan: Plan,
  spine: readonly SpineRow[],
  places: Places = ownSchemas(connection.dialect),
): Promise<readonly (readonly Value[])[]> {
  const asked: readonly TypedColumn[] = [
    ordinal,
    ...feature.entity.map(({ name, type }) => ({ name, type })),
    { name: asOfColumn, type: timestamp },
  ];
  const sql = batchSql(plan, connection.dialect, places);
  await connection.load(
    'spine',
    asked,
    spine.map((row, i) => [BigInt(i), ...row.entity, row.asOf]),
  );
  const rows = await connection.query(sql, [...asked, ...feature.outputs]);
  return rows.map((row) => row.slice(asked.length));
}
