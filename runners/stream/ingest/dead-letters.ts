/** Messages that are no rows, with the reason, in a file that only its owner reads. What `sources.yml` marks with pii is masked. */
import { createHash } from 'node:crypto';
import { appendFile, chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Source } from '../../../compiler/catalog.ts';
import { formatTimestamp } from '../../data/format-value.ts';

export interface Letter {
  readonly source: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Microseconds. */
  readonly at: bigint;
  readonly reason: { readonly problem: string; readonly column: string | null };
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

export interface DeadLetters {
  readonly write: (source: Source, letters: readonly Letter[]) => Promise<void>;
}

/** One file a source, one object a line. */
export async function openDeadLetters(folder: string): Promise<DeadLetters> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return {
    write: async (source, letters) => {
      const file = join(folder, `${source.name}.ndjson`);
      await appendFile(file, letters.map((letter) => `${JSON.stringify(written(source, letter))}\n`).join(''), { mode: 0o600 });
      await chmod(file, 0o600);
    },
  };
}

function written(source: Source, { topic, partition, offset, at, reason, key, value }: Letter): object {
  return {
    topic,
    partition,
    offset: String(offset),
    at: formatTimestamp(at),
    problem: reason.problem,
    column: reason.column,
    // A message that is no row cannot be masked column by column: of a source with pii only the topic has it.
    ...(source.columns.some((c) => c.pii) ? { masked: digest(value) } : { key: text(key), value: text(value) }),
  };
}

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('base64'));

function digest(bytes: Uint8Array | null): object | null {
  return bytes === null ? null : { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
