/**
 * What stands for a personal value in a log that people may read: a keyed hash of it, the same wherever it is made, so that whoever has
 * the key and the values can tell which it was. LOCKSTEP_MASK_KEY is the key.
 */
import { createHmac } from 'node:crypto';
import type { SqlType } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { UsageError } from '../usage-error.ts';
import { formatValue } from './format-value.ts';

export interface Mask {
  /** Null stays null: that there is no value is about nobody. */
  readonly of: (value: Value, type: SqlType) => string | null;
  /** Of the key; so that what another key has masked is not taken for other values. */
  readonly fingerprint: string;
}

const fewest = 16;

/** Undefined without a key. */
export function maskOf(environment: Readonly<Record<string, string | undefined>>): Mask | undefined {
  const key = environment['LOCKSTEP_MASK_KEY'];
  if (key === undefined || key === '') return undefined;
  if (key.length < fewest) throw new UsageError(`LOCKSTEP_MASK_KEY is shorter than ${fewest} characters`, 'openssl rand -base64 24');
  const hash = (...parts: readonly unknown[]): string => createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
  return {
    of: (value, type) => (value === null ? null : `masked:${hash('lockstep mask 1', formatValue(value, type)).slice(0, 24)}`),
    fingerprint: hash('lockstep key 1').slice(0, 8),
  };
}

export const isMasked = (text: unknown): text is string => typeof text === 'string' && /^masked:[0-9a-f]{24}$/.test(text);
