/**
 * Digits alone as a date or timestamp: since 1970, in a unit that their size decides. Only where text that is no time raises:
 * what TRY_CAST takes is a time that is written out.
 */
import { binary, call, caseWhen, cast, type Sql, str, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { dayOf } from './calendar.ts';
import { typed } from './postgres-sql.ts';

export const epochShape = '0|[1-9][0-9]{0,17}';

/** Milliseconds, microseconds and nanoseconds of a year: from there on the digits are of the smaller unit. */
const [milliseconds, microseconds, nanoseconds] = [31_536_000_000n, 31_536_000_000_000n, 31_536_000_000_000_000n];

const isDay = (to: SqlType): boolean => to.kind === 'date' || (to.kind === 'timestamp' && to.zone === 'ntz');

/** undefined: the text is something else. */
export function epochValue(text: string, to: SqlType): Value | undefined {
  if (!isDay(to) || !new RegExp(`^(${epochShape})$`).test(text)) return undefined;
  const n = BigInt(text);
  const micros = n < milliseconds ? n * 1_000_000n : n < microseconds ? n * 1000n : n < nanoseconds ? n : n / 1000n;
  return to.kind === 'date' ? dayOf(micros) : micros;
}

export const epochMicros = (n: Sql, thousandth: Sql): Sql =>
  caseWhen(
    [
      { when: binary(n, '<', token(milliseconds)), then: binary(n, '*', token(1_000_000)) },
      { when: binary(n, '<', token(microseconds)), then: binary(n, '*', token(1000)) },
      { when: binary(n, '<', token(nanoseconds)), then: n },
    ],
    thousandth,
  );

/** Digits that are written out are refused. */
const isConstant = (arg: Sql): boolean => arg.kind === 'string' || (arg.kind === 'cast' && isConstant(arg.argument));

/** Whether a cast of this text may meet digits. */
export const mayBeEpoch = (arg: Sql, to: SqlType): boolean => isDay(to) && !isConstant(arg);

/** `otherwise`: the cast of any other text. */
export function epochOr(engine: 'duckdb' | 'postgres', arg: Sql, to: SqlType, otherwise: Sql): Sql {
  if (!mayBeEpoch(arg, to)) return otherwise;
  if (engine === 'duckdb') {
    const n = cast(arg, 'BIGINT');
    const micros = call('make_timestamp', epochMicros(n, binary(n, '//', token(1000))));
    return caseWhen(
      [{ when: call('regexp_full_match', arg, str(epochShape)), then: to.kind === 'date' ? cast(micros, to) : micros }],
      otherwise,
    );
  }
  const n = cast(typed(arg), 'NUMERIC');
  const micros = call('lockstep_timestamp', epochMicros(n, call('div', n, token(1000))));
  return caseWhen(
    [{ when: call('regexp_like', typed(arg), str(`^(${epochShape})$`)), then: to.kind === 'date' ? cast(micros, to) : micros }],
    otherwise,
  );
}
