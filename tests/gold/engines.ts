/** The engines that gold cases are run on: one row each. */
import type { CheckedStatement } from '../../compiler/check/checked.ts';
import { identifier } from '../../compiler/emit/dialect.ts';
import { planSql } from '../../compiler/emit/plan-sql.ts';
import { liftStatement } from '../../compiler/plan/lift.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { type Specialisation, specialisations, specialise } from '../../compiler/plan/specialise.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { openClickhouse } from '../../runners/engines/clickhouse.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { openPostgres } from '../../runners/engines/postgres.ts';
import { asOf, referenceRows, type World } from './world.ts';

type Rows = readonly (readonly Value[])[];

export interface Opened {
  /** All rows of the statement, unordered; hidden columns too. */
  readonly rows: (statement: CheckedStatement, world: World) => Promise<Rows>;
  readonly close: () => void;
}

export interface GoldEngine {
  readonly name: string;
  /** Only `npm run test:stack` installs it. */
  readonly inStack?: boolean;
  readonly open: () => Promise<Opened>;
}

export const engines: readonly GoldEngine[] = [
  { name: 'reference', open: async () => ({ rows: async (statement, world) => referenceRows(statement, world), close: () => {} }) },
  sqlEngine('duckdb', () => openDuckdb()),
  sqlEngine('postgres', openPostgres),
  { ...sqlEngine('clickhouse', openClickhouse), inStack: true },
];

/** What any engine of SQL needs: a dialect, and a connection that loads typed rows. `schema`: of the cases' tables; null: where the session is. */
export function sqlEngine(name: string, connect: () => Promise<Connection>, schema: string | null = 'gold'): GoldEngine {
  return {
    name,
    open: async () => {
      const connection = await connect();
      if (schema !== null) await connection.schema(schema);
      await connection.load('spine', [{ name: asOfColumn, type: timestamp }], [[asOf]]);
      return { rows: (statement, world) => ask(connection, schema, statement, world), close: connection.close };
    },
  };
}

async function ask(connection: Connection, schema: string | null, statement: CheckedStatement, world: World): Promise<Rows> {
  const { dialect } = connection;
  const place = schema === null ? '' : `${schema}.`;
  const table = (name: string): string => `${place}${identifier(`T${statement.sources.indexOf(name) + 1}`, dialect)}`;
  for (const name of statement.sources) {
    const relation = world.relations.get(name);
    if (relation !== undefined) await connection.load(table(name), relation.columns, relation.rows);
  }
  const plan = specialise(liftStatement(statement, world.catalog), Object.keys(specialisations) as Specialisation[]);
  const sql = planSql(plan, { dialect, source: table, spine: { text: 'spine' }, passed: [], rows: 'found', appended: [] });
  const rows = await connection.query(sql, [{ name: asOfColumn, type: timestamp }, ...statement.outputs]);
  return rows.map((row) => row.slice(1));
}
