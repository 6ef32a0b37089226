/** Text in a stated format. */
import { call, cast, type Sql, str } from '../sql/tree.ts';
import { varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectKind, refuse } from './arguments.ts';
import { type Civil, civilFromDays } from './calendar.ts';
import { castSql, castValue } from './casts.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { type Clock, clockOf, padded } from './iso-time.ts';
import { dateOf } from './time-truncation.ts';

interface Element {
  readonly duckdb: string;
  readonly print: (civil: Civil, clock: Clock) => string;
}

const elements = {
  YYYY: { duckdb: '%Y', print: ({ year }) => padded(year, 4) },
  MM: { duckdb: '%m', print: ({ month }) => padded(month, 2) },
  DD: { duckdb: '%d', print: ({ day }) => padded(day, 2) },
  HH24: { duckdb: '%H', print: (_, { hour }) => padded(hour, 2) },
  MI: { duckdb: '%M', print: (_, { minute }) => padded(minute, 2) },
  SS: { duckdb: '%S', print: (_, { second }) => padded(second, 2) },
  FF3: { duckdb: '%g', print: (_, { micros }) => padded(Math.floor(micros / 1000), 3) },
  FF6: { duckdb: '%f', print: (_, { micros }) => padded(micros, 6) },
} satisfies Readonly<Record<string, Element>>;

type Piece = { readonly separator: string } | { readonly element: Element };

function pieces(format: string): readonly Piece[] | undefined {
  const found = format.match(/YYYY|HH24|FF3|FF6|MM|DD|MI|SS|[-/:., _]|"[^"%]*"|[^]/gi) ?? [];
  const result: Piece[] = [];
  for (const text of found) {
    const name = text.toUpperCase();
    if (Object.hasOwn(elements, name)) result.push({ element: elements[name as keyof typeof elements] });
    else if (/^[-/:., _]$/.test(text)) result.push({ separator: text });
    else if (text.length >= 2 && text.startsWith('"')) result.push({ separator: text.slice(1, -1) });
    else return undefined;
  }
  return result;
}

function resolve(args: readonly Arg[]): Signature | Refusal {
  const wrong = arity('TO_CHAR', args, 1, 2);
  if (wrong) return wrong;
  const [x, format] = args as [Arg, Arg?];
  const nullable = anyNullable(args);
  if (x.type.kind === 'number' || x.type.kind === 'boolean' || x.type.kind === 'varchar') {
    return format
      ? refuse('wrong-arguments', 'TO_CHAR takes a format for dates and timestamps only', 'round the number first: TO_CHAR(ROUND(x, 2))', 1)
      : { type: varchar, nullable };
  }
  const refusal = x.type.kind === 'float' ? expectKind('TO_CHAR', x, 'varchar', 0) : expectKind('TO_CHAR', x, 'time', 0);
  if (refusal) return refusal;
  if (typeof format?.literal !== 'string')
    return refuse(
      'wrong-arguments',
      'TO_CHAR of a date needs a constant format: the default depends on the session',
      "TO_CHAR(x, 'YYYY-MM-DD HH24:MI:SS')",
    );
  if (pieces(format.literal) === undefined)
    return refuse(
      'wrong-arguments',
      `the format '${format.literal}' is not supported`,
      `made of ${Object.keys(elements).join(', ')}, the separators - / : . , _ and blanks, and "quoted text"`,
      1,
    );
  return { type: varchar, nullable };
}

function formatOf({ args }: CallTypes): readonly Piece[] {
  return pieces(String(args[1]?.literal)) ?? [];
}

const toChar: ScalarRow = {
  kind: 'scalar',
  name: 'TO_CHAR',
  aliases: ['TO_VARCHAR'],
  summary: 'Text of a NUMBER (with its scale) or BOOLEAN; of a date or timestamp in a stated format.',
  nulls: 'propagate',
  resolve,
  sql: {
    standard: ([x, format]) => (format ? call('TO_CHAR', x as Sql, format) : cast(x as Sql, varchar)),
    duckdb: ([x, format], types) => {
      if (!format) return castSql('duckdb', x as Sql, (types.args[0] as Arg).type, varchar, false);
      const native = formatOf(types).map((piece) => ('element' in piece ? piece.element.duckdb : piece.separator));
      return call('strftime', x as Sql, str(native.join('')));
    },
  },
  evaluate: ([x], types) => {
    const arg = types.args[0] as Arg;
    if (types.args.length === 1) return castValue(x as Value, arg.type, varchar, false);
    const civil = civilFromDays(dateOf(x as bigint, arg));
    const clock = clockOf(arg.type.kind === 'date' ? 0n : (x as bigint));
    return formatOf(types)
      .map((piece) => ('element' in piece ? piece.element.print(civil, clock) : piece.separator))
      .join('');
  },
  examples: [],
};

export const toCharRows: readonly ScalarRow[] = [toChar];
