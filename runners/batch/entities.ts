/** The entities that a feature has rows for at some instants. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { identifier } from '../../compiler/emit/dialect.ts';
import { planSql } from '../../compiler/emit/plan-sql.ts';
import { lift } from '../../compiler/plan/lift.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { specialise } from '../../compiler/plan/specialise.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
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
