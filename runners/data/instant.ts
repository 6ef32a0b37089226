/** An instant as somebody wrote it. */
import { timestamp } from '../../compiler/sql-type.ts';
import { parseText } from './parse-value.ts';

/** Microseconds since 1970 UTC; undefined if it is none. */
export function parseInstant(text: string): bigint | undefined {
  const parsed = parseText(text, timestamp);
  return 'value' in parsed && typeof parsed.value === 'bigint' ? parsed.value : undefined;
}
