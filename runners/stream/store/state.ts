/** What the store knows beside its rows: how far it has read, what it counted, from when it is complete. */
import { number, type SqlType, timestamp, varchar } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { Connection } from '../../engines/engine.ts';
import type { History } from './history.ts';

/** Of a partition of a topic; what came by file or by HTTP is `partition` −1 of the topic `<source>`, which no broker has. */
export interface Position {
  readonly source: string;
  readonly topic: string;
  readonly partition: number;
  /** To read next. */
  readonly next: bigint;
  /** The latest event time that it ever had; microseconds. */
  readonly latest: bigint | null;
}

/** Since the store was made. */
export interface Counts {
  readonly accepted: number;
  readonly duplicates: number;
  /** Without key or time, or dated ahead of their ingest. */
  readonly quarantined: number;
  /** Messages that are no row. */
  readonly rejected: number;
  /** Accepted, and later than the source's lateness. */
  readonly late: number;
}

export interface SourceState {
  readonly source: string;
  readonly counts: Counts;
  readonly history: History;
}

export interface State {
  /** By `positionKey`. */
  readonly positions: ReadonlyMap<string, Position>;
  readonly sources: ReadonlyMap<string, SourceState>;
  /** Of the row that arrives next. */
  readonly sequence: bigint;
  /** How many commits there were. */
  readonly turn: bigint;
}

export const positionKey = (topic: string, partition: number): string => `${topic}/${partition}`;

export function emptySource(source: string): SourceState {
  return {
    source,
    counts: { accepted: 0, duplicates: 0, quarantined: 0, rejected: 0, late: 0 },
    history: { topicSince: null, filled: null, forgotten: null },
  };
}

interface Field {
  readonly name: string;
  readonly type: SqlType;
}

const long = number(18);
/** Each commit appends what it changed, which costs a tenth of changing it in place; of each key the row of the latest turn holds. */
const turn: Field = { name: 'turn', type: long };
const positions: readonly Field[] = [
  { name: 'source', type: varchar },
  { name: 'topic', type: varchar },
  { name: 'partition', type: long },
  { name: 'next_offset', type: long },
  { name: 'latest', type: timestamp },
  turn,
];
const sources: readonly Field[] = [
  { name: 'source', type: varchar },
  ...['accepted', 'duplicates', 'quarantined', 'rejected', 'late'].map((name) => ({ name, type: long })),
  ...['topic_since', 'filled_since', 'filled_until', 'forgotten'].map((name) => ({ name, type: timestamp })),
  { name: 'next_sequence', type: long },
  turn,
];
const declared: readonly Field[] = [
  { name: 'source', type: varchar },
  { name: 'declaration', type: varchar },
];

export async function createStateTables(connection: Connection): Promise<void> {
  await connection.schema('lockstep');
  for (const [table, fields] of Object.entries({ positions, sources, declared }))
    await connection.execute(
      `CREATE TABLE IF NOT EXISTS lockstep.${table} (${fields.map((f) => `${f.name} ${connection.dialect.typeName(f.type)}`).join(', ')})`,
    );
  // Stores that were made before state was appended.
  for (const table of ['positions', 'sources'])
    await connection.execute(`ALTER TABLE lockstep.${table} ADD COLUMN IF NOT EXISTS turn BIGINT DEFAULT 0`);
}

export async function readState(connection: Connection): Promise<State> {
  const read = async (table: string, fields: readonly Field[], key: string) =>
    connection.query(
      `SELECT ${fields.map((f) => f.name).join(', ')} FROM lockstep.${table} QUALIFY turn = max(turn) OVER (PARTITION BY ${key})`,
      fields,
    );
  const found = await read('sources', sources, 'source');
  return {
    positions: new Map(
      (await read('positions', positions, 'topic, partition')).map(([source, topic, partition, next, latest]) => [
        positionKey(String(topic), Number(partition)),
        {
          source: String(source),
          topic: String(topic),
          partition: Number(partition),
          next: next as bigint,
          latest: latest as bigint | null,
        },
      ]),
    ),
    sources: new Map(
      found.map(([source, accepted, duplicates, quarantined, rejected, late, ...times]) => [
        String(source),
        {
          source: String(source),
          counts: {
            accepted: Number(accepted),
            duplicates: Number(duplicates),
            quarantined: Number(quarantined),
            rejected: Number(rejected),
            late: Number(late),
          },
          history: historyOf(times as readonly (bigint | null)[]),
        },
      ]),
    ),
    sequence: latest(found, 'next_sequence', 1n),
    turn: latest(found, 'turn', 0n),
  };
}

function latest(rows: readonly (readonly Value[])[], field: string, least: bigint): bigint {
  const at = sources.findIndex(({ name }) => name === field);
  return rows.reduce((most, row) => ((row[at] as bigint) > most ? (row[at] as bigint) : most), least);
}

function historyOf([topicSince = null, since = null, until = null, forgotten = null]: readonly (bigint | null)[]): History {
  return { topicSince, filled: since === null || until === null ? null : { since, until }, forgotten };
}

/** Turns after which what no longer holds is deleted. */
const turnsKept = 4_096n;

/** What differs from `before`; `after` has its turn from here. */
export async function writeState(connection: Connection, before: State, after: State): Promise<State> {
  const now = before.turn + 1n;
  const moved = [...after.positions].filter(([key, p]) => before.positions.get(key) !== p).map(([, p]) => p);
  const counted = [...after.sources].filter(([key, s]) => before.sources.get(key) !== s).map(([, s]) => s);
  await connection.append(
    'lockstep.positions',
    positions,
    moved.map((p) => [p.source, p.topic, BigInt(p.partition), p.next, p.latest, now]),
  );
  await connection.append(
    'lockstep.sources',
    sources,
    counted.map(({ source, counts: c, history: { topicSince, filled, forgotten } }) => [
      source,
      ...[c.accepted, c.duplicates, c.quarantined, c.rejected, c.late].map(BigInt),
      ...[topicSince, filled?.since ?? null, filled?.until ?? null, forgotten],
      after.sequence,
      now,
    ]),
  );
  if (now % turnsKept === 0n)
    for (const [table, key] of [
      ['positions', 'topic, partition'],
      ['sources', 'source'],
    ])
      await connection.execute(
        `DELETE FROM lockstep.${table} WHERE (${key}, turn) NOT IN (SELECT (${key}, max(turn)) FROM lockstep.${table} GROUP BY ${key})`,
      );
  return { ...after, turn: now };
}

/** How a source was declared when its rows were stored; undefined where it is new. */
export async function declarationOf(connection: Connection, source: string): Promise<string | undefined> {
  const [found] = await connection.query('SELECT declaration FROM lockstep.declared WHERE source = $source[1]', declared.slice(1), [
    { name: 'source', type: varchar, values: [source] },
  ]);
  return found === undefined ? undefined : String(found[0]);
}

export async function declare(connection: Connection, source: string, declaration: string): Promise<void> {
  await connection.append('lockstep.declared', declared, [[source, declaration]]);
}
