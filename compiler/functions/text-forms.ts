/** Which text a cast reads as a value. */
import { call, caseWhen, isNull, type Sql, str, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import { isoClock, isoWithOffset } from './iso-time.ts';

export function timePattern(to: SqlType): string | undefined {
  return to.kind === 'date' || to.kind === 'timestamp' ? isoWithOffset : to.kind === 'time' ? isoClock : undefined;
}

/** Short enough to be finite. */
export const floatPattern = ' *[+-]?([0-9]{1,99}[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,2})? *';

export const hexPattern = '([0-9A-Fa-f]{2})*';

export function textToBoolean(arg: Sql, try_: boolean, raise: (message: string) => Sql = (m) => call('error', str(m))): Sql {
  const word = call('lower', call('trim', arg));
  const isOneOf = (words: readonly string[]): Sql => ({ kind: 'in', argument: word, list: words.map(str), negated: false });
  const words = [
    { when: isOneOf(['true', 't', 'yes', 'y', 'on', '1']), then: token('TRUE') },
    { when: isOneOf(['false', 'f', 'no', 'n', 'off', '0']), then: token('FALSE') },
  ];
  if (try_) return caseWhen(words);
  return caseWhen([...words, { when: isNull(arg), then: token('NULL') }], raise('text is no BOOLEAN'));
}
