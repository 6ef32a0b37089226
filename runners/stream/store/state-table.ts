/** The state in the store's file: each commit adds what it changed as one row, since a statement costs the same for one value as for many. */
import { number, varchar } from '../../../compiler/sql-type.ts';
import type { Connection, TypedColumn } from '../../engines/engine.ts';
import { takeFormerState } from './former-state.ts';
import { type Position, positionKey, type SourceState, type State } from './state.ts';

const columns: readonly TypedColumn[] = [
  { name: 'turn', type: number(18) },
  { name: 'changed', type: varchar },
];

/** What stands there without `before` is all of the state. */
interface Changed {
  readonly positions: readonly Position[];
  readonly sources: readonly SourceState[];
  readonly sequence: bigint;
}

export async function createStateTable(connection: Connection): Promise<void> {
  await connection.execute('CREATE TABLE IF NOT EXISTS lockstep.state (turn BIGINT, changed VARCHAR)');
  const former = await takeFormerState(connection);
  if (former !== null) await append(connection, former.turn, all(former));
}

export async function readState(connection: Connection): Promise<State> {
  const found = await connection.query('SELECT turn, changed FROM lockstep.state ORDER BY turn', columns);
  const positions = new Map<string, Position>();
  const sources = new Map<string, SourceState>();
  let [sequence, turn] = [1n, 0n];
  for (const [of, text] of found) {
    const changed = decoded(String(text));
    for (const position of changed.positions) positions.set(positionKey(position.topic, position.partition), position);
    for (const source of changed.sources) sources.set(source.source, source);
    [sequence, turn] = [changed.sequence, of as bigint];
  }
  return { positions, sources, sequence, turn };
}

/** Turns after which all of it is written, and what was written before is deleted. */
const turnsKept = 4_096n;

/** What differs from `before`; `after` has its turn from here. */
export async function writeState(connection: Connection, before: State, after: State): Promise<State> {
  const now = before.turn + 1n;
  const isCut = now % turnsKept === 0n;
  const changed = {
    positions: [...after.positions].filter(([key, p]) => before.positions.get(key) !== p).map(([, p]) => p),
    sources: [...after.sources].filter(([key, s]) => before.sources.get(key) !== s).map(([, s]) => s),
    sequence: after.sequence,
  };
  if (isCut) await connection.execute('DELETE FROM lockstep.state');
  await append(connection, now, isCut ? all(after) : changed);
  return { ...after, turn: now };
}

const all = ({ positions, sources, sequence }: State): Changed => ({
  positions: [...positions.values()],
  sources: [...sources.values()],
  sequence,
});

/** Not by an appender: that one works while everything else waits. */
async function append(connection: Connection, turn: bigint, changed: Changed): Promise<void> {
  const text = JSON.stringify(changed, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  const row = [turn, text];
  const given = columns.map(({ name, type }, i) => ({ name, type, values: [row[i] ?? null] }));
  await connection.query('INSERT INTO lockstep.state SELECT unnest($turn), unnest($changed)', [], given);
}

/** JSON has no whole numbers of 64 bits: they are texts there. */
type Written<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] extends bigint | null ? string | null : Written<T[K]> };

function decoded(text: string): Changed {
  const { positions, sources, sequence } = JSON.parse(text) as Written<Changed>;
  return {
    positions: positions.map((p) => ({ ...p, next: BigInt(p.next), latest: whole(p.latest) })),
    sources: sources.map(({ source, counts, history: { topicSince, filled, forgotten } }) => ({
      source,
      counts,
      history: {
        topicSince: whole(topicSince),
        filled: filled === null ? null : { since: BigInt(filled.since), until: BigInt(filled.until) },
        forgotten: whole(forgotten),
      },
    })),
    sequence: BigInt(sequence),
  };
}

const whole = (text: string | null): bigint | null => (text === null ? null : BigInt(text));
