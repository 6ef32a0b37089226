/** The next or previous day of a stated name. */
import { binary, call, cast, type Sql, str, token } from '../sql/tree.ts';
import { date } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { arity, refuse } from './arguments.ts';
import { floorModulo, isoWeekday } from './calendar.ts';
import { dateOf as clickhouseDate, days as clickhouseDays, dayOf, int64, signed } from './clickhouse-sql.ts';
import type { Arg, CallTypes, ScalarRow } from './define.ts';
import { field } from './postgres-sql.ts';
import { dayArg } from './time-arguments.ts';
import { dateOf } from './time-truncation.ts';

const names = ['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su'];
const full = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** 1 Monday to 7 Sunday, from at least two letters of the name. */
function weekday(arg: Arg | undefined): number | undefined {
  const written = typeof arg?.literal === 'string' ? arg.literal.trim().toLowerCase() : '';
  const index = names.indexOf(written.slice(0, 2));
  return index >= 0 && full[index]?.startsWith(written) === true ? index + 1 : undefined;
}

const weekdayOf = ({ args }: CallTypes): number => weekday(args[1]) as number;

const neighbour = (name: string, summary: string, direction: 1 | -1): ScalarRow => ({
  kind: 'scalar',
  name,
  summary,
  nulls: 'propagate',
  resolve: (args) => {
    const wrong = arity(name, args, 2);
    if (wrong) return wrong;
    const day = dayArg(name, args[0] as Arg, 0);
    if ('refused' in day) return day;
    if (weekday(args[1]) === undefined)
      return refuse('wrong-arguments', `${name} needs a constant day of the week`, "its English name, or the beginning: 'Friday', 'fr'", 1);
    return { type: date, nullable: (args[0] as Arg).nullable, params: [day] };
  },
  sql: {
    standard: ([x], types) => call(name, x as Sql, str(names[weekdayOf(types) - 1] as string)),
    duckdb: ([x], types) => {
      const [from, to] = [call('isodow', x as Sql), token(weekdayOf(types))];
      const ahead = direction > 0 ? binary(to, '-', from) : binary(from, '-', to);
      const days = binary(binary(binary(ahead, '+', token(6)), '%', token(7)), '+', token(1));
      return binary(cast(x as Sql, date), direction > 0 ? '+' : '-', cast(days, 'INTEGER'));
    },
    clickhouse: ([x], types) => {
      const day = dayOf(x as Sql, (types.args[0] as Arg).type);
      const [from, to] = [int64(call('toDayOfWeek', day)), signed(weekdayOf(types))];
      const ahead = direction > 0 ? binary(to, '-', from) : binary(from, '-', to);
      const days = binary(call('positiveModulo', binary(ahead, '+', signed(6)), signed(7)), '+', signed(1));
      return clickhouseDate(binary(int64(clickhouseDays(day)), direction > 0 ? '+' : '-', days));
    },
    postgres: ([x], types) => {
      const [from, to] = [field('isodow', x as Sql), token(weekdayOf(types))];
      const ahead = direction > 0 ? binary(to, '-', from) : binary(from, '-', to);
      const days = binary(binary(binary(ahead, '+', token(6)), '%', token(7)), '+', token(1));
      return binary(cast(x as Sql, date), direction > 0 ? '+' : '-', cast(days, 'INTEGER'));
    },
  },
  evaluate: ([x], types): Value => {
    const days = dateOf(x as bigint, types.args[0] as Arg);
    const ahead = BigInt(direction * (weekdayOf(types) - isoWeekday(days)));
    return days + BigInt(direction) * (floorModulo(ahead + 6n, 7n) + 1n);
  },
  examples: [],
});

export const nextDayRows: readonly ScalarRow[] = [
  neighbour('NEXT_DAY', 'The first such day of the week after the date, never the date itself.', 1),
  neighbour('PREVIOUS_DAY', 'The last such day of the week before the date, never the date itself.', -1),
];
