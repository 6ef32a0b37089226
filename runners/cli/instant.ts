/** An instant given on the command line. */
import { timestamp } from '../../compiler/sql-type.ts';
import { parseText } from '../data/parse-value.ts';

/** Microseconds since 1970 UTC; undefined if it is none. */
export function parseInstant(text: string): bigint | undefined {
  const parsed = parseText(text, timestamp);
  return 'value' in parsed && typeof parsed.value === 'bigint' ? parsed.value : undefined;
}
