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

const rawTable = (source: string, dialect: Dialect): string => `raw.${identifier(source.toUpperCase(), dialect)}`;
export const stagedTable = (source: string, dialect: Dialect): string => `staged.${identifier(source.toUpperCase(), dialect)}`;

export async function loadRaw(
  connection: Connection,
  catalog: Catalog,
  sources: readonly string[],
  events: ReadonlyMap<string, SourceRows>,
): Promise<void> {
  await connection.schema('raw');
  for (const source of catalog.sources.filter((s) => sources.includes(s.name))) {
    await connection.load(
      rawTable(source.name, connection.dialect),
      source.columns.map(({ name, type }) => ({ name, type })),
      events.get(source.name)?.rows ?? [],
    );
    await stage(connection, source);
  }
}

/** From `raw.<source>`, which must be there, to the clean rows that features read. */
export async function stage(connection: Connection, source: Source): Promise<void> {
  await connection.schema('staged');
  const { dialect } = connection;
  const table = stagedTable(source.name, dialect);
  await connection.execute(`DROP TABLE IF EXISTS ${table}`);
  await connection.execute(`CREATE TABLE ${table} AS\n${stagingSql(source, rawTable(source.name, dialect), dialect)}`);
}

const ordinal: TypedColumn = { name: 'ORDINAL', type: integer };

export function batchSql(plan: Plan, dialect: Dialect): string {
  return planSql(plan, {
    dialect,
    source: (source) => stagedTable(source, dialect),
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
): Promise<readonly (readonly Value[])[]> {
  const asked: readonly TypedColumn[] = [
    ordinal,
    ...feature.entity.map(({ name, type }) => ({ name, type })),
    { name: asOfColumn, type: timestamp },
  ];
  const sql = batchSql(plan, connection.dialect);
  await connection.load(
    'spine',
    asked,
    spine.map((row, i) => [BigInt(i), ...row.entity, row.asOf]),
  );
  const rows = await connection.query(sql, [...asked, ...feature.outputs]);
  return rows.map((row) => row.slice(asked.length));
}
