/** Text read as a NUMBER in a stated format: TO_NUMBER and TRY_TO_NUMBER. */
import { binary, call, caseWhen, cast, isNull, postfix, prefix, type Sql, str, token } from '../sql/tree.ts';
import { number, typeName, varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { type NumberType, numberType, refuse } from './arguments.ts';
import { castSql, castValue } from './casts.ts';
import { raise as clickhouseRaise } from './clickhouse-sql.ts';
import { pow10, withinNumber } from './decimal.ts';
import type { Arg, CallTypes, Example, Refusal, ScalarRow, Signature } from './define.ts';
import { EvaluationError } from './evaluation-error.ts';
import { raise } from './postgres-sql.ts';

interface NumberFormat {
  /** Text that surely has the format; JavaScript, DuckDB and Snowflake read it alike. */
  readonly pattern: string;
  readonly base: 10 | 16;
}

/** Fifteen hexadecimal digits fit 64 bits. */
function formatOf(format: string): NumberFormat | undefined {
  if (/^TM9?$/i.test(format)) return { pattern: '-? *[0-9]{1,37}([.][0-9]{1,37})?', base: 10 };
  if (/^X{1,15}$/i.test(format)) return { pattern: `[0-9A-Fa-f]{1,${format.length}}`, base: 16 };
  const [, dollar = '', whole = '', fraction = ''] = /^([$]?)(9+(?:,9+)*)(?:[.]([09]+))?$/.exec(format) ?? [];
  if (whole === '') return undefined;
  const [first = '', ...more] = whole.split(',');
  const digits = `[0-9]{1,${first.length}}${more.map((group) => `,[0-9]{${group.length}}`).join('')}`;
  const start = dollar === '' ? '-? *' : '[$]';
  return { pattern: `${start}${digits}${fraction === '' ? '' : `[.][0-9]{${fraction.length}}`}`, base: 10 };
}

const known = ({ args }: CallTypes): NumberFormat => formatOf(String(args[1]?.literal)) as NumberFormat;

function limit(arg: Arg | undefined, otherwise: number): number {
  if (arg === undefined) return otherwise;
  return typeof arg.literal === 'string' && /^\d{1,2}$/.test(arg.literal) ? Number(arg.literal) : -1;
}

function resolve(name: string, tried: boolean, args: readonly Arg[]): Signature | Refusal {
  const [x, format, ...limits] = args as [Arg, Arg | undefined, ...Arg[]];
  if (format === undefined || limits.length > 2)
    return refuse('wrong-arguments', `${name} takes a text, a format, and perhaps a precision and scale`);
  if (x.type.kind !== 'varchar') return refuse('type-mismatch', `${name} with a format takes text, not ${typeName(x.type)}`, undefined, 0);
  // Each X of a format is a hexadecimal digit.
  const read = typeof format.literal === 'string' ? formatOf(format.literal) : undefined;
  if (read === undefined)
    return refuse('wrong-arguments', `${name} needs a constant format that is supported`, "such as '99.9', '$9,999.99', 'TM9' or 'XXX'", 1);
  const [precision, scale] = [limit(limits[0], 38), limit(limits[1], 0)];
  if (precision < 1 || precision > 38 || scale < 0 || scale > Math.min(37, precision))
    return refuse('wrong-arguments', `${name} takes a constant precision and scale`, `${name}(x, '99.9', 10, 2)`, 2);
  const type = number(precision, scale);
  if (typeof x.literal === 'string') {
    const value = valueOf(x.literal, read, numberType(type));
    if (value !== undefined) return { type, nullable: false };
    // Snowflake reads more than the strict form, so that only text without a digit is surely no number.
    if (tried && !/[0-9a-f]/i.test(x.literal)) return { type, nullable: true };
    return refuse('type-mismatch', `'${x.literal}' is no ${typeName(type)} in the format '${format.literal}'`, undefined, 0);
  }
  if (tried) return { type, nullable: true };
  const reason = 'text that is no number in this format raises an error';
  return { type, nullable: x.nullable, mayRaise: { reason, hint: `write TRY_${name}` } };
}

/** undefined: not of the format, or too large for the type. */
function valueOf(text: string, { pattern, base }: NumberFormat, type: NumberType): bigint | undefined {
  if (!new RegExp(`^(${pattern})$`).test(text)) return undefined;
  try {
    if (base === 16) return withinNumber(BigInt(`0x${text}`) * pow10(type.scale), type.precision);
    return castValue(plainDigits(text), varchar, type, false) as bigint;
  } catch (error) {
    if (error instanceof EvaluationError) return undefined;
    throw error;
  }
}

const plainDigits = (text: string): string => text.replace(/[$, ]/g, '');

function duckdbNumber(x: Sql, types: CallTypes, tried: boolean): Sql {
  const { pattern, base } = known(types);
  const hexadecimal = castSql('duckdb', { kind: 'cast', argument: binary(str('0x'), '||', x), to: 'BIGINT' }, number(18), varchar, false);
  const digits = base === 16 ? hexadecimal : call('regexp_replace', x, str('[$, ]'), str(''), str('g'));
  const whole = { when: call('regexp_full_match', x, str(pattern)), then: castSql('duckdb', digits, varchar, types.type, tried) };
  if (tried) return caseWhen([whole]);
  return caseWhen([{ when: isNull(x), then: token('NULL') }, whole], call('error', str('text is no number in this format')));
}

function clickhouseNumber(x: Sql, types: CallTypes, tried: boolean): Sql {
  const { pattern, base } = known(types);
  const bits = call('reinterpretAsUInt64', call('reverse', call('unhex', call('leftPad', x, token(16), str('0')))));
  const digits = base === 16 ? call('toString', bits) : call('replaceRegexpAll', x, str('[$, ]'), str(''));
  const fits = { when: call('match', x, str(`^(?:${pattern})$`)), then: castSql('clickhouse', digits, varchar, types.type, tried) };
  if (tried) return caseWhen([fits]);
  const problem = clickhouseRaise('text is no number in this format', types.type, prefix('NOT', fits.when));
  return caseWhen([{ when: isNull(x), then: cast(token('NULL'), types.type) }, fits], problem);
}

function postgresNumber(x: Sql, types: CallTypes, tried: boolean): Sql {
  const { pattern, base } = known(types);
  const { precision, scale } = numberType(types.type);
  const bits = cast(cast(binary(str('x'), '||', call('lpad', x, token(16), str('0'))), 'BIT(64)'), 'BIGINT');
  const digits = base === 16 ? cast(bits, 'TEXT') : call('regexp_replace', x, str('[$, ]'), str(''), str('g'));
  const number = cast(call('lockstep_number', digits, token(precision), token(scale)), types.type);
  const value = caseWhen([{ when: call('regexp_like', x, str(`^(${pattern})$`)), then: number }]);
  if (tried) return value;
  const problem = raise('text is no number in this format', cast(token('NULL'), types.type));
  return call('COALESCE', value, caseWhen([{ when: postfix(x, 'IS NOT NULL'), then: problem }]));
}

const reader = (name: string, aliases: readonly string[], tried: boolean, summary: string, examples: readonly Example[]): ScalarRow => ({
  kind: 'scalar',
  name,
  aliases,
  summary,
  nulls: 'propagate',
  resolve: (args) => resolve(name, tried, args),
  sql: {
    standard: (args, types) => {
      const native = call(name, ...args);
      if (!tried) return native;
      return caseWhen([{ when: call('REGEXP_LIKE', args[0] as Sql, str(known(types).pattern)), then: native }]);
    },
    duckdb: ([x], types) => duckdbNumber(x as Sql, types, tried),
    postgres: ([x], types) => postgresNumber(x as Sql, types, tried),
    clickhouse: ([x], types) => clickhouseNumber(x as Sql, types, tried),
  },
  evaluate: ([x], types): Value => {
    const value = valueOf(x as string, known(types), numberType(types.type));
    if (value === undefined && !tried) throw new EvaluationError('text is no number in this format');
    return value ?? null;
  },
  examples,
});

export const numberReadingRows: readonly ScalarRow[] = [
  reader(
    'TO_NUMBER',
    ['TO_DECIMAL', 'TO_NUMERIC'],
    false,
    'A NUMBER of a value, of scale 0 if none is said; of text also in a constant format: 9s with a point, commas and $, TM9, or Xs.',
    [
      { sql: "TO_DECIMAL('-12.3', '99.9', 9, 5)", result: '-12.30000', source: 'gold:slt.cast.to_decimal.1' },
      // The format of three hexadecimal digits.
      { sql: "TO_DECIMAL('ae5', 'XXX')", result: '2789', source: 'gold:slt.cast.to_decimal.4' },
    ],
  ),
  reader(
    'TRY_TO_NUMBER',
    ['TRY_TO_DECIMAL', 'TRY_TO_NUMERIC'],
    true,
    'As TO_NUMBER of text; NULL where that is no number of the format, or too large for the type.',
    [{ sql: "TRY_TO_DECIMAL('$7,543.21', '$9,999.00', 6, 2)", result: '7543.21', source: 'gold:slt.cast.try_to_decimal.2' }],
  ),
];
