/** One message that is no row, with the reason, as a line of JSON. What `sources.yml` marks with pii is masked. */
import { createHash } from 'node:crypto';
import type { Source } from '../../../compiler/catalog.ts';
import { formatTimestamp } from '../../data/format-value.ts';

export interface Reason {
  readonly problem: string;
  readonly column: string | null;
}

/** Where the broker has it: no two letters share that. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

export interface Bytes {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

export interface Letter extends Place {
  /** Microseconds, of the message. */
  readonly timestamp: bigint;
  /** Microseconds, of the rejection. */
  readonly at: bigint;
  /** As what it was counted. */
  readonly outcome: 'rejected' | 'quarantined';
  readonly reason: Reason;
  /** Of the registry; null: the message names none. */
  readonly schema: number | null;
  readonly bytes: Bytes;
}

export type KeptLetter = Omit<Letter, 'bytes' | 'at'> & {
  readonly at: string;
  /** Of a masked one only the topic has the bytes; they are those with this digest. */
  readonly bytes: Bytes | { readonly sha256: string | null };
};

export const placeKey = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`;

export function digestOfValue(value: Uint8Array | null): string | null {
  return value === null ? null : createHash('sha256').update(value).digest('hex');
}

export function letterLine(source: Source, { topic, partition, offset, timestamp, at, outcome, reason, schema, bytes }: Letter): string {
  const { key, value } = bytes;
  // A message that is no row cannot be masked column by column: of a source with pii only the topic has it.
  const masked = source.columns.some((c) => c.pii);
  return JSON.stringify({
    topic,
    partition,
    offset: String(offset),
    timestamp: String(timestamp),
    at: formatTimestamp(at),
    outcome,
    ...reason,
    schema,
    ...(masked ? { masked: { bytes: value?.length ?? null, sha256: digestOfValue(value) } } : { key: base64(key), value: base64(value) }),
  });
}

/** Null: the line is none that was written here. */
export function readLetter(line: string): KeptLetter | null {
  try {
    const { topic, partition, offset, timestamp, at, outcome, problem, column, schema = null, masked, key, value } = JSON.parse(line);
    const bytes = masked === undefined ? { key: unbase64(key), value: unbase64(value) } : { sha256: masked.sha256 };
    return {
      topic,
      partition,
      offset: BigInt(offset),
      timestamp: BigInt(timestamp),
      at,
      outcome,
      reason: { problem, column },
      schema,
      bytes,
    };
  } catch {
    return null;
  }
}

/** The same line, for another reason. */
export function withReason(line: string, reason: Reason): string {
  return JSON.stringify({ ...JSON.parse(line), ...reason });
}

const base64 = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('base64'));
const unbase64 = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text, 'base64'));
