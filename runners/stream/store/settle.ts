/** Rows that arrive are settled with those that are there: of copies the first counts, of a key's versions each has its interval. */
import { integer } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { timePlace } from '../../data/row-time.ts';
import type { Connection } from '../../engines/engine.ts';
import { sequenceColumn } from './noted.ts';
import type { RecentIdentities } from './recent.ts';
import { quoted, type SourceTables } from './tables.ts';

type Rows = readonly (readonly Value[])[];

export interface Settled {
  /** How many identities were new. */
  readonly accepted: number;
  /** Whether some of the rows had to be compared with others. */
  readonly copies: boolean;
  /** Sequences of events that counted before, and do not any more because another copy does; of a store that notes them. */
  readonly replaced: readonly bigint[];
}

/** `recent`: of a stream, of which the store has settled all rows with it. */
export async function settle(
  connection: Connection,
  tables: SourceTables,
  rows: Rows,
  recent: RecentIdentities | null = null,
): Promise<Settled> {
  if (rows.length === 0) return { accepted: 0, copies: false, replaced: [] };
  if (tables.source.kind === 'table') {
    await arrive(connection, tables, rows);
    return { accepted: await settleVersions(connection, tables), copies: true, replaced: [] };
  }
  const events = identified(tables, rows);
  const settled = await settleEvents(connection, tables, events, recent);
  // Also those of a transaction that fails in the end: what is in here and not in the table is looked at more closely, and no more.
  if (recent !== null) for (const { identity, time } of events) recent.add(identity, time);
  return settled;
}

/** Of a stream; null if the table would have to be asked, or one of them may be a copy. */
export function newIdentities(
  tables: SourceTables | undefined,
  rows: Rows,
  recent: RecentIdentities | undefined,
  isKnown: (identity: string) => boolean,
): readonly string[] | null {
  if (tables?.source.kind !== 'stream' || recent === undefined) return null;
  const events = identified(tables, rows);
  const since = recent.since();
  const isNew = ({ identity, time }: Event): boolean => time >= since && !recent.has(identity, time) && !isKnown(identity);
  const identities = events.map((event) => event.identity);
  return events.every(isNew) && new Set(identities).size === events.length ? identities : null;
}

async function arrive(connection: Connection, { arriving, columns }: SourceTables, rows: Rows): Promise<void> {
  await connection.execute(`DELETE FROM ${arriving}`);
  await connection.append(arriving, columns, rows);
}

interface Event {
  readonly row: readonly Value[];
  /** What is not equal for the engine may be equal here, and is looked at more closely then; never the other way round. */
  readonly identity: string;
  /** Microseconds; a part of the identity. */
  readonly time: bigint;
}

function identified({ source, identityAt }: SourceTables, rows: Rows): readonly Event[] {
  const time = timePlace(source);
  return rows.map((row) => ({
    row,
    identity: JSON.stringify(identityAt.map((at) => plain(row[at] ?? null))),
    time: row[time] as bigint,
  }));
}

/** Half of a surrogate pair is written as the same character whichever it was. */
function plain(value: Value): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'string') return value.toWellFormed();
  return Array.isArray(value) ? value.map(plain) : value;
}

async function settleEvents(
  connection: Connection,
  tables: SourceTables,
  events: readonly Event[],
  recent: RecentIdentities | null,
): Promise<Settled> {
  const rows = events.map(({ row }) => row);
  // By far the most turns have no copies.
  const apart = new Set(events.map(({ identity }) => identity)).size === events.length;
  if (apart && !(await areKnown(connection, tables, events, recent))) {
    await connection.append(tables.clean, tables.columns, rows);
    return { accepted: rows.length, copies: false, replaced: [] };
  }
  await arrive(connection, tables, rows);
  return settleCopies(connection, tables);
}

/** Whether the store may have one of them. */
async function areKnown(
  connection: Connection,
  tables: SourceTables,
  events: readonly Event[],
  recent: RecentIdentities | null,
): Promise<boolean> {
  if (recent === null) return areStored(connection, tables, events);
  const since = recent.since();
  if (events.some(({ identity, time }) => time >= since && recent.has(identity, time))) return true;
  return areStored(
    connection,
    tables,
    events.filter(({ time }) => time < since),
  );
}

async function areStored(
  connection: Connection,
  { source, clean, identity, identityAt }: SourceTables,
  events: readonly Event[],
): Promise<boolean> {
  if (events.length === 0) return false;
  const parameters = identityAt.map((at, i) => ({
    name: `k${i}`,
    type: source.columns[at]?.type ?? { kind: 'null' as const },
    values: events.map(({ row }) => row[at] ?? null),
  }));
  const given = identity.map((column, i) => `unnest($k${i}) AS ${column}`).join(', ');
  const [found] = await connection.query(
    `SELECT count(*) FROM ${clean} SEMI JOIN (SELECT ${given}) AS arriving USING (${identity.join(', ')})`,
    [{ name: 'known', type: integer }],
    parameters,
  );
  return found?.[0] !== 0n;
}

const names = ({ columns }: SourceTables): string => columns.map((c) => quoted(c.name)).join(', ');

/** Of copies that are alike the one that is stored stays. */
const firstFirst = ({ identity, copyOrder }: SourceTables): string =>
  `row_number() OVER (PARTITION BY ${identity.join(', ')} ORDER BY ${[...copyOrder.map((c) => `${c} NULLS LAST`), 'stored DESC'].join(', ')})`;

async function settleCopies(connection: Connection, tables: SourceTables): Promise<Settled> {
  const { clean, arriving, copies, identity } = tables;
  const key = identity.join(', ');
  const all = names(tables);
  await connection.execute(`CREATE OR REPLACE TEMP TABLE settled AS
SELECT *, ${firstFirst(tables)} AS place FROM (
  SELECT ${all}, TRUE AS stored FROM ${clean} SEMI JOIN ${arriving} USING (${key})
  UNION ALL
  SELECT ${all}, FALSE FROM ${arriving})`);
  await connection.execute(`DELETE FROM ${clean} WHERE (${key}) IN (SELECT (${key}) FROM settled WHERE stored AND place > 1)`);
  await connection.execute(`INSERT INTO ${clean} SELECT ${all} FROM settled WHERE place = 1 AND NOT stored`);
  await connection.execute(`INSERT INTO ${copies} SELECT ${all} FROM settled WHERE place > 1`);
  const [first, replaced] = await numbers(
    connection,
    'SELECT count(*) FILTER (WHERE place = 1 AND NOT stored), count(*) FILTER (WHERE place > 1 AND stored) FROM settled',
  );
  return { accepted: first - replaced, copies: true, replaced: replaced === 0 ? [] : await sequencesReplaced(connection, tables) };
}

async function sequencesReplaced(connection: Connection, { columns }: SourceTables): Promise<readonly bigint[]> {
  const sequence = columns.find((c) => c.name === sequenceColumn.name);
  if (sequence === undefined) return [];
  const found = await connection.query(`SELECT ${quoted(sequence.name)} FROM settled WHERE place > 1 AND stored`, [sequence]);
  return found.map(([value]) => value as bigint);
}

/** Versions of the touched keys are settled anew: a late version may end an earlier one and begin before a later one. */
async function settleVersions(connection: Connection, tables: SourceTables): Promise<number> {
  const { source, clean, versions, arriving, copies } = tables;
  if (source.kind !== 'table') return 0;
  const all = names(tables);
  const keys = source.key.map(quoted).join(', ');
  const touched = `(SELECT DISTINCT ${keys} FROM ${arriving})`;
  await connection.execute(`CREATE OR REPLACE TEMP TABLE settled AS
SELECT *, ${firstFirst(tables)} AS place FROM (
  SELECT ${all}, TRUE AS stored FROM ${versions} SEMI JOIN ${touched} USING (${keys})
  UNION ALL
  SELECT ${all}, FALSE FROM ${arriving})`);
  const [after, before] = await numbers(
    connection,
    'SELECT count(*) FILTER (WHERE place = 1), count(*) FILTER (WHERE stored) FROM settled',
  );
  const updated = quoted(source.updatedAt);
  const order = [updated, ...(source.versionBy === null ? [] : [`${quoted(source.versionBy)} NULLS FIRST`])].join(', ');
  for (const table of [versions, clean]) await connection.execute(`DELETE FROM ${table} WHERE (${keys}) IN ${touched}`);
  await connection.execute(`INSERT INTO ${versions} SELECT ${all} FROM settled WHERE place = 1`);
  await connection.execute(`INSERT INTO ${copies} SELECT ${all} FROM settled WHERE place > 1`);
  await connection.execute(`INSERT INTO ${clean}
SELECT ${all}, ${updated}, lead(${updated}) OVER (PARTITION BY ${keys} ORDER BY ${order}) FROM settled WHERE place = 1`);
  return after - before;
}

async function numbers(connection: Connection, sql: string): Promise<readonly [number, number]> {
  const [row = []] = await connection.query(sql, [
    { name: 'a', type: integer },
    { name: 'b', type: integer },
  ]);
  return [Number(row[0] ?? 0n), Number(row[1] ?? 0n)];
}
