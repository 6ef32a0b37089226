/** The state as stores had it in two tables, one of positions and one of sources. */
import { number, timestamp, varchar } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { Connection, TypedColumn } from '../../engines/engine.ts';
import type { History } from './history.ts';
import { positionKey, type State } from './state.ts';

const long = number(18);
const turn: TypedColumn = { name: 'turn', type: long };
const positions: readonly TypedColumn[] = [
  { name: 'source', type: varchar },
  { name: 'topic', type: varchar },
  { name: 'partition', type: long },
  { name: 'next_offset', type: long },
  { name: 'latest', type: timestamp },
  turn,
];
const sources: readonly TypedColumn[] = [
  { name: 'source', type: varchar },
  ...['accepted', 'duplicates', 'quarantined', 'rejected', 'late'].map((name) => ({ name, type: long })),
  ...['topic_since', 'filled_since', 'filled_until', 'forgotten'].map((name) => ({ name, type: timestamp })),
  { name: 'next_sequence', type: long },
  turn,
];
const tables = ['positions', 'sources'];

/** It is there no more after that. Null: the store never had it so. */
export async function takeFormerState(connection: Connection): Promise<State | null> {
  const [found] = await connection.query(
    "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'lockstep' AND table_name IN ('positions', 'sources')",
    [{ name: 'tables', type: long }],
  );
  if (found?.[0] === 0n) return null;
  // Stores that were made before state was appended.
  for (const table of tables) await connection.execute(`ALTER TABLE lockstep.${table} ADD COLUMN IF NOT EXISTS turn BIGINT DEFAULT 0`);
  const state = await readFormer(connection);
  for (const table of tables) await connection.execute(`DROP TABLE lockstep.${table}`);
  return state;
}

/** Of each key the row of the latest turn holds. */
async function readFormer(connection: Connection): Promise<State> {
  const read = (table: string, fields: readonly TypedColumn[], key: string) =>
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
    sequence: most(found, 'next_sequence', 1n),
    turn: most(found, 'turn', 0n),
  };
}

function most(rows: readonly (readonly Value[])[], field: string, least: bigint): bigint {
  const at = sources.findIndex(({ name }) => name === field);
  return rows.reduce((known, row) => ((row[at] as bigint) > known ? (row[at] as bigint) : known), least);
}

function historyOf([topicSince = null, since = null, until = null, forgotten = null]: readonly (bigint | null)[]): History {
  return { topicSince, filled: since === null || until === null ? null : { since, until }, forgotten };
}
