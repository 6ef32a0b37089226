/**
 * The place of an entity in a sample: a keyed hash of its key, the same wherever it is computed (batch, stream, serving), so
 * that all sides choose the same entities without asking each other. HMAC-SHA-256, the first 64 bits.
 */
import { createHmac } from 'node:crypto';
import type { SqlType } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { formatValue } from '../../data/format-value.ts';

export interface Panel {
  /** Whoever knows it can tell beforehand who will be looked at. */
  readonly secret: string;
  readonly feature: string;
  /** `fixed` for the panel of every night; a date for one night's. */
  readonly turn: string;
}

/** Each part with its length before it, so that no two lists of parts are the same bytes. */
function framed(parts: readonly (string | null)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part ?? '', 'utf8');
      const length = Buffer.alloc(5);
      length.writeUInt8(part === null ? 0 : 1);
      length.writeUInt32BE(bytes.length, 1);
      return [length, bytes];
    }),
  );
}

/** From 0 to 2^64 − 1. `key` and `types`: the entity columns, in the header's order. */
export function keyHash({ secret, feature, turn }: Panel, key: readonly Value[], types: readonly SqlType[]): bigint {
  const texts = key.map((value, i) => {
    const shown = formatValue(value, types[i] as SqlType);
    return shown === null ? null : typeof shown === 'string' ? shown : JSON.stringify(shown);
  });
  return createHmac('sha256', secret)
    .update(framed(['lockstep sample 1', feature, turn, ...texts]))
    .digest()
    .readBigUInt64BE();
}

/** Whether a hash is among the first `share` (0 to 1) of all. */
export function isSampled(hash: bigint, share: number): boolean {
  return hash < BigInt(Math.round(share * 2 ** 52)) << 12n;
}
