/** Text in a stated format. */
import { binary, call, cast, type Sql, str, token } from '../sql/tree.ts';
import { type SqlType, timestamp, varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { anyNullable, arity, expectKind, refuse } from './arguments.ts';
import { monthNames } from './auto-time.ts';
import { type Civil, civilFromDays, isoWeekday } from './calendar.ts';
import { castSql, castValue, resolveCast } from './casts.ts';
import { clickhouseElement, weekdays } from './clickhouse-time-text.ts';
import type { Arg, CallTypes, Refusal, ScalarRow, Signature } from './define.ts';
import { NotOnEngine } from './engine-sql.ts';
import { type Clock, clockOf, padded } from './iso-time.ts';
import { type ElementName, formatPieces, type Piece } from './time-format.ts';
import { dateOf } from './time-truncation.ts';

interface Printed extends Clock {
  readonly civil: Civil;
  readonly days: bigint;
}

interface Element {
  readonly duckdb: string;
  readonly postgres: string;
  /** Only so many characters of what DuckDB prints. */
  readonly keep?: number;
  readonly print: (time: Printed) => string;
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);
const monthName = ({ civil }: Printed): string => capital(monthNames[civil.month - 1] ?? '');
const fraction = (digits: number): Element => ({
  duckdb: '%f',
  postgres: `FF${digits}`,
  ...(digits < 6 ? { keep: digits } : {}),
  print: ({ micros }) => padded(micros, 6).slice(0, digits),
});
const twelve: Element = { duckdb: '%I', postgres: 'HH12', print: ({ hour }) => padded(hour % 12 === 0 ? 12 : hour % 12, 2) };

/** FF alone has nine digits in Snowflake, of which engines keep six; HH alone is not documented. */
const elements: Readonly<Record<Exclude<ElementName, 'FF' | 'HH'>, Element>> = {
  YYYY: { duckdb: '%Y', postgres: 'YYYY', print: ({ civil }) => padded(civil.year, 4) },
  YY: { duckdb: '%y', postgres: 'YY', print: ({ civil }) => padded(civil.year % 100, 2) },
  MMMM: { duckdb: '%B', postgres: 'FMMonth', print: monthName },
  MON: { duckdb: '%b', postgres: 'Mon', print: (time) => monthName(time).slice(0, 3) },
  MM: { duckdb: '%m', postgres: 'MM', print: ({ civil }) => padded(civil.month, 2) },
  DD: { duckdb: '%d', postgres: 'DD', print: ({ civil }) => padded(civil.day, 2) },
  DY: { duckdb: '%a', postgres: 'Dy', print: ({ days }) => weekdays[isoWeekday(days) - 1] ?? '' },
  HH24: { duckdb: '%H', postgres: 'HH24', print: ({ hour }) => padded(hour, 2) },
  HH12: twelve,
  AM: { duckdb: '%p', postgres: 'AM', print: ({ hour }) => (hour < 12 ? 'AM' : 'PM') },
  MI: { duckdb: '%M', postgres: 'MI', print: ({ minute }) => padded(minute, 2) },
  SS: { duckdb: '%S', postgres: 'SS', print: ({ second }) => padded(second, 2) },
  FF1: fraction(1),
  FF2: fraction(2),
  FF3: fraction(3),
  FF4: fraction(4),
  FF5: fraction(5),
  FF6: fraction(6),
};

const elementOf = (name: ElementName): Element | undefined =>
  Object.hasOwn(elements, name) ? elements[name as keyof typeof elements] : undefined;

function pieces(format: string): readonly Piece[] | undefined {
  const found = formatPieces(format, true);
  return found?.every((piece) => 'text' in piece || elementOf(piece.element) !== undefined) === true ? found : undefined;
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
  if (x.type.kind === 'date' && format === undefined) return { type: varchar, nullable };
  if (x.type.kind === 'float') return resolveCast(x.type, varchar, false) as Refusal;
  const refusal = expectKind('TO_CHAR', x, 'time', 0);
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

/** One strftime as far as it goes: it has no shorter fractions than milliseconds. */
function duckdbText(x: Sql, format: readonly Piece[]): Sql {
  const parts: Sql[] = [];
  let run = '';
  const end = (): void => {
    if (run !== '') parts.push(call('strftime', x, str(run)));
    run = '';
  };
  for (const piece of format) {
    const element = 'element' in piece ? elementOf(piece.element) : undefined;
    if (element?.keep === undefined) run += element?.duckdb ?? ('text' in piece ? piece.text : '');
    else if (element.keep === 3) run += '%g';
    else {
      end();
      parts.push(call('left', call('strftime', x, str('%f')), token(element.keep)));
    }
  }
  end();
  return parts.length === 0 ? call('strftime', x, str('')) : parts.reduce((all, part) => binary(all, '||', part));
}

/** Words are quoted: next to an element they would be part of it. */
function postgresText(x: Sql, format: readonly Piece[]): Sql {
  const text = format.map((piece) => ('element' in piece ? elementOf(piece.element)?.postgres : `"${piece.text}"`)).join('');
  return call('to_char', cast(x, timestamp), str(text));
}

/** One concatenation of what each element prints. */
function clickhouseText(x: Sql, type: SqlType, format: readonly Piece[]): Sql {
  if (type.kind === 'time') throw new NotOnEngine('the type TIME', 'clickhouse');
  const parts = format.map((piece) => ('text' in piece ? str(piece.text) : clickhouseElement(piece.element, x, type)));
  return call('concat', call('substring', call('toString', x), token(1), token(0)), ...parts);
}

const toChar: ScalarRow = {
  kind: 'scalar',
  name: 'TO_CHAR',
  aliases: ['TO_VARCHAR'],
  summary: 'Text of a NUMBER (with its scale), BOOLEAN or DATE (ISO); of a date or timestamp in a stated format.',
  nulls: 'propagate',
  resolve,
  sql: {
    standard: ([x, format], types) =>
      format ? call('TO_CHAR', x as Sql, format) : castSql('snowflake', x as Sql, (types.args[0] as Arg).type, varchar, false),
    duckdb: ([x, format], types) =>
      format ? duckdbText(x as Sql, formatOf(types)) : castSql('duckdb', x as Sql, (types.args[0] as Arg).type, varchar, false),
    postgres: ([x, format], types) =>
      format ? postgresText(x as Sql, formatOf(types)) : castSql('postgres', x as Sql, (types.args[0] as Arg).type, varchar, false),
    clickhouse: ([x, format], types) => {
      const { type } = types.args[0] as Arg;
      return format ? clickhouseText(x as Sql, type, formatOf(types)) : castSql('clickhouse', x as Sql, type, varchar, false);
    },
  },
  evaluate: ([x], types) => {
    const arg = types.args[0] as Arg;
    if (types.args.length === 1) return castValue(x as Value, arg.type, varchar, false);
    const days = dateOf(x as bigint, arg);
    const time = { days, civil: civilFromDays(days), ...clockOf(arg.type.kind === 'date' ? 0n : (x as bigint)) };
    return formatOf(types)
      .map((piece) => ('element' in piece ? elementOf(piece.element)?.print(time) : piece.text))
      .join('');
  },
  examples: [
    {
      sql: "TO_VARCHAR('2024-04-05 01:02:03'::TIMESTAMP_NTZ, 'mm/dd/yyyy, hh24:mi hours')",
      result: '04/05/2024, 01:02 hours',
      source: 'gold:slt.cast.to_char.2',
    },
  ],
};

export const toCharRows: readonly ScalarRow[] = [toChar];
