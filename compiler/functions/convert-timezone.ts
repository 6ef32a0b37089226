/** CONVERT_TIMEZONE of a wall clock in one zone to the wall clock in another. */
import { binary, call, type Sql } from '../sql/tree.ts';
import { timestamp, varchar } from '../sql-type.ts';
import { anyNullable, arity, expectKind, refuse, timeLiteral } from './arguments.ts';
import { micros, signed, timestampOf, timestampWithin } from './clickhouse-sql.ts';
import type { Arg, ScalarRow } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { instantAt, isUtc, isZone, wallClockAt } from './time-zone.ts';

const twice = 'a clock that was put forward or back skips hours or has them twice, and Snowflake does not say what it makes of them';

const convertTimezone: ScalarRow = {
  kind: 'scalar',
  name: 'CONVERT_TIMEZONE',
  summary: 'A TIMESTAMP_NTZ read as the wall clock of the first zone, as the wall clock of the second. Zones are constant IANA names.',
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity('CONVERT_TIMEZONE', args, 3);
    if (wrong) return { ...wrong, hint: 'the form with two arguments gives a TIMESTAMP_TZ, which features do not have' };
    const [from, to, x] = args as [Arg, Arg, Arg];
    const unknown = [from, to].findIndex((zone) => typeof zone.literal !== 'string' || !isZone(zone.literal));
    if (unknown >= 0)
      return refuse('wrong-arguments', 'CONVERT_TIMEZONE needs constant names of zones', "such as 'UTC' and 'Europe/Warsaw'", unknown);
    const refusal = timeLiteral(x, timestamp) === undefined ? expectKind('CONVERT_TIMEZONE', x, 'time', 2) : undefined;
    if (refusal) return refusal;
    const signature = { type: timestamp, nullable: anyNullable(args), params: [varchar, varchar, timestamp] };
    if (isUtc(String(from.literal))) return signature;
    return { ...signature, mayRaise: { reason: twice, hint: "convert from 'UTC' only" } };
  },
  sql: {
    standard: (args) => call('CONVERT_TIMEZONE', ...args),
    duckdb: ([from, to, x]) => call('timezone', to as Sql, call('timezone', from as Sql, x as Sql)),
    postgres: ([from, to, x]) => call('timezone', to as Sql, call('timezone', from as Sql, x as Sql)),
    clickhouse: ([from, to, x]) => clickhouseZone(from as Sql, to as Sql, x as Sql),
  },
  evaluate: ([from, to, x]) => {
    const instant = instantAt(x as bigint, String(from));
    if (instant === undefined) throw new EvaluationError(twice);
    return wallClockAt(instant, String(to));
  },
  examples: [
    {
      sql: "CONVERT_TIMEZONE('Europe/Warsaw', 'UTC', '2024-01-01 00:00:00'::TIMESTAMP_NTZ)",
      result: '2023-12-31T23:00:00',
      source: 'gold:slt.datetime.convert_timezone.2',
    },
  ],
};

/** A clock reads an instant plus an offset. Where it reads x once only, the offset of the second guess is the one. */
function clickhouseZone(from: Sql, to: Sql, x: Sql): Sql {
  const offset = (instant: Sql, zone: Sql): Sql =>
    binary(call('toInt64', call('timezoneOffset', call('toTimeZone', timestampOf(instant), zone))), '*', signed(1_000_000));
  const wall = micros(x, timestamp);
  const utc = (zone: Sql): boolean => zone.kind === 'string' && isUtc(zone.value);
  const guess = (instant: Sql): Sql => binary(wall, '-', offset(instant, from));
  const instant = utc(from) ? wall : guess(guess(wall));
  return timestampWithin(utc(to) ? instant : binary(instant, '+', offset(instant, to)));
}

export const convertTimezoneRows: readonly ScalarRow[] = [convertTimezone];
