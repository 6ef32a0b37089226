/** The entities that a feature has rows for at some instants, and the points at which it has one. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { foundPlanOf } from '../../compiler/artifacts/plans.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { identifier } from '../../compiler/emit/dialect.ts';
import { planSql } from '../../compiler/emit/plan-sql.ts';
import { lift } from '../../compiler/plan/lift.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { specialise } from '../../compiler/plan/specialise.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { pointText, type SpineRow } from '../data/spine.ts';
import type { Connection } from '../engines/engine.ts';

/** Distinct, in an order that repeats. `relation`: where the clean rows of a source are. */
export async function entitiesAt(
  connection: Connection,
  { feature }: CompiledFeature,
  catalog: Catalog,
  instants: readonly bigint[],
  relation: (source: string) => string,
): Promise<readonly (readonly Value[])[]> {
  if (feature.entity.length === 0) return [[]];
  const plan = specialise(lift({ ...feature, groupsByEntity: false }, catalog), ['move-conditions', 'prune-columns']);
  await connection.load(
    'spine',
    [{ name: asOfColumn, type: timestamp }],
    instants.map((t) => [t]),
  );
  const sql = planSql(plan, {
    dialect: connection.dialect,
    source: relation,
    spine: { text: 'spine' },
    passed: [],
    rows: 'found',
    appended: [],
  });
  const columns = feature.entity.map((e) => identifier(e.name, connection.dialect)).join(', ');
  return connection.query(`SELECT DISTINCT ${columns} FROM (${sql}) AS found ORDER BY ${columns}`, feature.entity);
}

/** Those of `points` at which the query itself returns a row. */
export async function foundAmong(
  connection: Connection,
  { feature }: CompiledFeature,
  catalog: Catalog,
  points: readonly SpineRow[],
  relation: (source: string) => string,
): Promise<readonly SpineRow[]> {
  if (points.length === 0) return [];
  const asOf = { name: asOfColumn, type: timestamp };
  const columns = [...feature.entity, asOf];
  await connection.load(
    'spine',
    [asOf],
    [...new Set(points.map((p) => p.asOf))].map((t) => [t]),
  );
  await connection.load(
    'looked_for',
    columns,
    points.map((p) => [...p.entity, p.asOf]),
  );
  const sql = planSql(foundPlanOf(feature, catalog), {
    dialect: connection.dialect,
    source: relation,
    spine: { text: 'spine' },
    passed: [],
    rows: 'found',
    appended: [],
  });
  const names = columns.map((c) => identifier(c.name, connection.dialect)).join(', ');
  const rows = await connection.query(
    `SELECT DISTINCT ${names} FROM (${sql}) AS found WHERE (${names}) IN (SELECT (${names}) FROM looked_for)`,
    columns,
  );
  const found = new Set(rows.map((row) => pointText({ entity: row.slice(0, -1), asOf: row.at(-1) as bigint })));
  return points.filter((p) => found.has(pointText(p)));
}
