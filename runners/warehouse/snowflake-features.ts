/** The tables of features on Snowflake, as dbt filled them. */
import { dialects, identifier } from '../../compiler/emit/dialect.ts';
import { timestampText } from '../../compiler/functions/iso-time.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { DriverColumn, Session } from '../engines/snowflake/session.ts';
import { fromDriver } from '../engines/snowflake/values.ts';
import { UsageError } from '../usage-error.ts';
import type { FeatureRelations, FoundColumn, RowsAsked } from './feature-relations.ts';
import { seenRunsColumns, seenRunsSql } from './runs-sql.ts';
import { openAccount } from './snowflake-account.ts';
import { exactColumn, foundType, ownColumn, relationName, valuesIn } from './snowflake-relation.ts';
import { settingsOf } from './snowflake-settings.ts';
import type { NamedTarget } from './target-file.ts';

const { snowflake } = dialects;

export async function openSnowflakeFeatures(target: NamedTarget): Promise<FeatureRelations> {
  const { database, schema } = await settingsOf(target);
  const { session, close } = await openAccount(target, 'parity');
  return {
    place: [database, schema],
    columns: async (relation) => (await session.describe(`SELECT * FROM ${relationName(relation)}`))?.map(columnOf) ?? null,
    rows: (asked) => rowsOf(session, asked),
    runs: async ({ feature, version, runs, seen }) => {
      const sql = seenRunsSql(relationName(runs), relationName(seen), { feature: '?', version: '?' }, snowflake);
      const found = await session.run(sql, [feature, version, feature, version, feature, version]);
      return found.map((row) => seenRunsColumns.map(({ name, type }, i) => known(fromDriver(row[i], type), name)));
    },
    close,
  };
}

const columnOf = (column: DriverColumn): FoundColumn => ({
  isCalled: (name) => column.name === name,
  type: foundType(column),
  holds: (type) => exactColumn('c', column, type) !== null,
});

async function rowsOf(session: Session, { relation, columns, order, within }: RowsAsked): Promise<readonly (readonly Value[])[]> {
  const name = (column: string): string => identifier(column, snowflake);
  const reads = columns.map((column) => ({ ...ownColumn(name(column.name), column.type), column: column.name }));
  const instant = `CAST(? AS ${snowflake.typeName(timestamp)})`;
  const where = within === null ? '' : ` WHERE ${name(asOfColumn)} >= ${instant} AND ${name(asOfColumn)} <= ${instant}`;
  const sql = `SELECT ${reads.flatMap(({ items }) => items).join(', ')} FROM ${relationName(relation)}${where} ORDER BY ${order.map(name).join(', ')}`;
  const rows: (readonly Value[])[] = [];
  for await (const row of session.stream(sql, within?.map(timestampText) ?? []))
    rows.push(valuesIn(row, reads, ({ column }) => new UsageError(`${relation.join('.')}: a value of ${column} cannot be read exactly`)));
  return rows;
}

function known(value: Value | undefined, column: string): Value {
  if (value === undefined) throw new Error(`the ledger's ${column} is not what it was written as`);
  return value;
}
