/** Relations of a Snowflake account, in the databases that the target names. */
import type { Session } from '../../engines/snowflake/session.ts';
import { groupBy } from '../../reference/order.ts';
import { fromEnvironment } from '../../warehouse/environment.ts';
import { relationOf } from '../../warehouse/relation.ts';
import { openAccount } from '../../warehouse/snowflake-account.ts';
import { exactName, foundType, nameThere, nameWritten, relationName } from '../../warehouse/snowflake-relation.ts';
import type { NamedTarget } from '../../warehouse/target-file.ts';
import { type InformationSchemaColumn, type RealRelation, relationsIn } from './relation.ts';
import { measureOnSnowflake } from './snowflake-measure.ts';
import type { RealWarehouse } from './warehouse.ts';

export async function openSnowflakeReal(target: NamedTarget): Promise<RealWarehouse> {
  const { name, declared, environment } = target;
  const { session, close } = await openAccount(target, 'sources');
  const placeOf = (source: Parameters<typeof relationOf>[0]): string => relationName(relationOf(source, name, declared, environment));
  return {
    relations: async () => {
      const found: RealRelation[] = [];
      for (const database of databasesOf(target)) found.push(...(await relationsOf(session, database)));
      return found;
    },
    columns: async (source) => {
      const found = await session.describe(`SELECT * FROM ${placeOf(source)}`);
      return found === null ? null : found.map((column) => ({ name: column.name, type: foundType(column) }));
    },
    measure: (source, asked) => measureOnSnowflake(session, source, placeOf(source), asked),
    close,
  };
}

/** Its own, and those that sources are in. */
function databasesOf({ name, declared, environment }: NamedTarget): readonly string[] {
  const written = [declared.account.database, ...Object.values(declared.databases)].flatMap((text) =>
    text === undefined ? [] : [nameThere(fromEnvironment(text, `databases of the target ${name}`, environment))],
  );
  return [...new Set(written)];
}

const columnsAsked = [
  'table_catalog',
  'table_schema',
  'table_name',
  'column_name',
  'ordinal_position',
  'data_type',
  'numeric_precision',
  'numeric_scale',
];

async function relationsOf(session: Session, database: string): Promise<readonly RealRelation[]> {
  const columns = await session.run(
    `SELECT ${columnsAsked.join(', ')} FROM ${database}.INFORMATION_SCHEMA.COLUMNS WHERE table_schema <> 'INFORMATION_SCHEMA'`,
  );
  const described = columns.map(
    ([catalog, schema, table, column, position, type, precision, scale]): InformationSchemaColumn => ({
      table_catalog: nameWritten(String(catalog)),
      table_schema: nameWritten(String(schema)),
      table_name: nameWritten(String(table)),
      column_name: String(column),
      ordinal_position: Number(position),
      data_type: String(type),
      numeric_precision: numberOf(precision),
      numeric_scale: numberOf(scale),
    }),
  );
  const keys: Key[] = [];
  // SHOW has no more than ten thousand rows, so it is asked schema by schema.
  for (const schema of new Set(columns.map(([, name]) => String(name))))
    for (const kind of ['PRIMARY', 'UNIQUE'] as const) keys.push(...(await keysOf(session, kind, `${database}.${exactName(schema)}`)));
  return relationsIn(described).map((relation) => ({
    ...relation,
    keys: keys.flatMap(({ table, columns, says }) => (JSON.stringify(table) === JSON.stringify(relation.parts) ? [{ columns, says }] : [])),
  }));
}

const numberOf = (given: unknown): number | null => (given === null || given === undefined ? null : Number(given));

interface Key {
  readonly table: readonly string[];
  readonly columns: readonly string[];
  readonly says: string;
}

/** Columns of one constraint stand in rows of their own, each with its place: the information schema has none of them. */
async function keysOf(session: Session, kind: 'PRIMARY' | 'UNIQUE', schema: string): Promise<readonly Key[]> {
  const rows = (await session.run(`SHOW ${kind} KEYS IN SCHEMA ${schema}`)).map(
    ([, database, of, table, column, place, constraint]): KeyRow => ({
      table: [database, of, table].map((part) => nameWritten(String(part))),
      column: String(column),
      place: Number(place),
      constraint: String(constraint),
    }),
  );
  return [...groupBy(rows, ({ table, constraint }) => JSON.stringify([...table, constraint])).values()].map((of) => ({
    table: of[0]?.table ?? [],
    columns: [...of].sort((a, b) => a.place - b.place).map(({ column }) => column),
    says: `the table declares it as ${kind === 'PRIMARY' ? 'PRIMARY KEY' : 'UNIQUE'}, which Snowflake does not enforce`,
  }));
}

interface KeyRow {
  readonly table: readonly string[];
  readonly column: string;
  readonly place: number;
  readonly constraint: string;
}
