/** Dead letters once more, after the declaration, a schema or the code was mended. What is a row now is counted as one, and as a letter no more. */
import type { Source } from '../../../compiler/catalog.ts';
import { messageOf } from '../kafka/message.ts';
import type { ReadMessage } from '../schemas/framed.ts';
import type { KeptStore } from '../store/kept.ts';
import { positionKey } from '../store/state.ts';
import { takenAlready } from '../store/taken.ts';
import { decoderOf } from '../wire/decode.ts';
import type { DeadLetters } from './dead-letters.ts';
import { breach, type Ingest } from './ingest.ts';
import { type Bytes, digestOfValue, type KeptLetter, type Place, placeKey, type Reason } from './letters.ts';
import type { SourceWatch } from './watch.ts';

/** From the topic itself, by place; those that it has no more are missing. */
export type Refetch = (places: readonly Place[]) => Promise<ReadonlyMap<string, Bytes>>;

export interface ReplayParts {
  readonly store: KeptStore;
  readonly ingest: Ingest;
  readonly deadLetters: DeadLetters;
  readonly watch: SourceWatch;
  readonly read: ReadMessage;
  readonly refetch: Refetch;
}

export interface Replayed {
  readonly letters: number;
  /** Rows now. */
  readonly replayed: number;
  /** No rows yet. */
  readonly stayed: number;
  /** Masked, and the topic has them no more. */
  readonly gone: number;
}

const atOnce = 1_000;

export async function replay(source: Source, parts: ReplayParts): Promise<Replayed> {
  const { store, deadLetters } = parts;
  const found = await deadLetters.read(source.name);
  const { positions } = store.inFile();
  // A letter is written before its message is counted: one that is not counted yet is not touched.
  const letters = found.filter((l) => l.offset < (positions.get(positionKey(l.topic, l.partition))?.next ?? 0n));
  const sum = { letters: found.length, replayed: 0, stayed: found.length - letters.length, gone: 0 };
  for (let i = 0; i < letters.length; i += atOnce) {
    const some = await replaySome(source, letters.slice(i, i + atOnce), parts);
    sum.replayed += some.replayed;
    sum.stayed += some.stayed;
    sum.gone += some.gone;
  }
  if (found.length > 0 && sum.replayed === found.length) parts.watch.recovered(source.name);
  return sum;
}

async function replaySome(source: Source, letters: readonly KeptLetter[], parts: ReplayParts): Promise<Omit<Replayed, 'letters'>> {
  const { store, ingest, deadLetters, read, refetch } = parts;
  const decode = decoderOf(source);
  const taken = await takenAlready(store, source, letters);
  const fetched = await refetch(letters.filter((l) => 'sha256' in l.bytes));
  const decided = new Map<string, Reason | null>();
  const turns = new Map<string, Turn>();
  let gone = 0;
  for (const letter of letters) {
    const { topic, partition, offset, timestamp, outcome } = letter;
    const key = placeKey(letter);
    // The server was stopped after it had committed the row, and before it had rewritten the file.
    if (topic === source.topic && taken.has(`${partition}/${offset}`)) {
      decided.set(key, null);
      continue;
    }
    const bytes = bytesOf(letter, fetched.get(key));
    if (bytes === undefined) {
      gone += 1;
      continue;
    }
    const millis = String(timestamp / 1000n);
    const decoded = decode(await messageOf(read, { ...asBuffers(bytes), offset: String(offset), timestamp: millis }));
    const reason = decoded.kind === 'rejected' ? decoded : decoded.kind === 'row' ? breach(source, decoded.row) : null;
    decided.set(key, reason === null ? null : { problem: reason.problem, column: reason.column });
    if (reason !== null) continue;
    const turn: Turn = turns.get(positionKey(topic, partition)) ?? { topic, partition, rows: [], rejected: 0, quarantined: 0 };
    turns.set(positionKey(topic, partition), turn);
    turn[outcome] += 1;
    if (decoded.kind === 'row') turn.rows.push({ offset, row: decoded.row });
  }
  await Promise.all([...turns.values()].map((turn) => ingest.again(source, turn)));
  await deadLetters.settle(source.name, decided);
  const replayed = [...decided.values()].filter((reason) => reason === null).length;
  return { replayed, stayed: letters.length - replayed - gone, gone };
}

interface Turn {
  readonly topic: string;
  readonly partition: number;
  readonly rows: Parameters<Ingest['again']>[1]['rows'][number][];
  rejected: number;
  quarantined: number;
}

/** A topic that was made anew has other messages in the same places. */
function bytesOf({ bytes }: KeptLetter, fetched: Bytes | undefined): Bytes | undefined {
  if (!('sha256' in bytes)) return bytes;
  return fetched !== undefined && digestOfValue(fetched.value) === bytes.sha256 ? fetched : undefined;
}

function asBuffers({ key, value }: Bytes): { readonly key: Buffer | null; readonly value: Buffer | null } {
  return { key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) };
}
