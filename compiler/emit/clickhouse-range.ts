/**
 * RANGE by a distance on ClickHouse, where a distance is a whole number of 31 bits and NULL is a number: keys are doubles in a
 * unit that makes the distance small. That is a power of two, so a key stays exact while it has 53 bits.
 */
import type { Frame, FrameBound } from '../check/checked.ts';
import { scaleOf } from '../functions/arguments.ts';
import { microsPerDay } from '../functions/calendar.ts';
import { days, micros, surely, wide } from '../functions/clickhouse-sql.ts';
import { fixedLength } from '../functions/date-part.ts';
import { parseDecimal } from '../functions/decimal.ts';
import { NotOnEngine } from '../functions/engine-sql.ts';
import { binary, call, caseWhen, cast, type Sql, type SqlSortKey, str, token } from '../sql/tree.ts';
import type { SqlType } from '../sql-type.ts';

const exact = 2n ** 53n;
const mostDistance = 2n ** 31n - 1n;

/** Whether a bound is a distance. */
export const isDistance = (bound: FrameBound): boolean => 'amount' in bound;

/** The frame, and the key that it goes by. */
export function clickhouseRange(frame: Frame, key: SqlSortKey): { readonly key: SqlSortKey; readonly frame: string } {
  const type = key.type as SqlType;
  const [start, end] = [frame.start, frame.end].map((bound) => distance(bound, type)) as [bigint, bigint];
  const unit = powerOfTwo(start | end);
  if ([start, end].some((n) => n / unit >= mostDistance)) throw new NotOnEngine('RANGE BETWEEN so great a distance', 'clickhouse');
  // As far as no distance reaches, and among themselves at none.
  const absent = call('toFloat64', str(key.nullsFirst === key.descending ? 'inf' : '-inf'));
  const expr = call('coalesce', binary(call('toFloat64', counted(key.expr, type)), '/', token(unit)), absent);
  return {
    key: { ...key, expr, type: { kind: 'float' } },
    frame: `RANGE BETWEEN ${text(frame.start, start / unit)} AND ${text(frame.end, end / unit)}`,
  };
}

/** In days, microseconds, or units of the last decimal; 0 of what is no distance. */
function distance(bound: FrameBound, type: SqlType): bigint {
  if (!('amount' in bound)) return 0n;
  if (bound.unit === null) return parseDecimal(bound.amount, scaleOf(type)) as bigint;
  const length = fixedLength(bound.unit);
  if (length === undefined) throw new NotOnEngine(`RANGE BETWEEN a number of ${bound.unit}s`, 'clickhouse');
  return (BigInt(bound.amount) * length) / (type.kind === 'date' ? microsPerDay : 1n);
}

/** The greatest that divides it. */
const powerOfTwo = (n: bigint): bigint => (n === 0n ? 1n : n & -n);

function counted(x: Sql, type: SqlType): Sql {
  if (type.kind === 'date') return days(x);
  const s = scaleOf(type);
  const whole = type.kind === 'number' ? cast(binary(wide(x, s), '*', token(10n ** BigInt(s))), 'Nullable(Int256)') : micros(x, type);
  if (type.kind === 'number' && type.precision <= 15) return whole;
  const outside = binary(call('abs', whole), '>', token(exact));
  const message = str('a value to order by has more than 53 bits, which RANGE cannot tell apart');
  return caseWhen([{ when: binary(call('throwIf', surely(outside), message), '=', token(0)), then: whole }]);
}

const words: Readonly<Record<FrameBound['kind'], string>> = {
  'unbounded-preceding': 'UNBOUNDED PRECEDING',
  preceding: 'PRECEDING',
  'current-row': 'CURRENT ROW',
  following: 'FOLLOWING',
  'unbounded-following': 'UNBOUNDED FOLLOWING',
};

const text = (bound: FrameBound, n: bigint): string => (isDistance(bound) ? `${n} ${words[bound.kind]}` : words[bound.kind]);
