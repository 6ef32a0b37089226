/** An instant in a request: UTC, to the microsecond. What another would be taken for is refused. */
import { timestamp } from '../../../compiler/sql-type.ts';
import { formatTimestamp } from '../../data/format-value.ts';
import { parseText } from '../../data/parse-value.ts';
import { RequestError } from '../request-error.ts';

/** `name`: of the member that has it. Microseconds; null: none is given. */
export function instantGiven(name: string, given: unknown): bigint | null {
  if (given === undefined || given === null) return null;
  const parsed = typeof given === 'string' ? parseText(given, timestamp) : { problem: 'no text' };
  if ('value' in parsed && parsed.cut === undefined) return parsed.value as bigint;
  if ('value' in parsed)
    throw new RequestError(
      'INVALIDINPUT',
      `${name} is to the microsecond: it has more than six digits of a second`,
      'leave the others out',
    );
  const inUtc = typeof given === 'string' ? parseText(given, { kind: 'timestamp', zone: 'ltz' }) : parsed;
  if ('value' in inUtc)
    throw new RequestError(
      'INVALIDINPUT',
      `${name} is UTC, with or without Z: it has another offset`,
      `in UTC the instant is ${formatTimestamp(inUtc.value as bigint)}Z`,
    );
  throw new RequestError('INVALIDINPUT', `${name}: this is no timestamp`, 'for example 2026-01-31T12:00:00');
}
