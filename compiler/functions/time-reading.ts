/** Text read in a stated format: TO_DATE, TO_TIMESTAMP, TO_TIME and their TRY_ forms. */
import { call, caseWhen, cast, isNull, postfix, prefix, type Sql, str, token } from '../sql/tree.ts';
import { date, type SqlType, timeOfDay, timestamp, typeName, varchar } from '../sql-type.ts';
import type { Value } from '../value.ts';
import { arity, expectArgs, expectKind, refuse } from './arguments.ts';
import { floorDivide } from './calendar.ts';
import { castSql, castValue, sinceEpoch } from './casts.ts';
import { clickhouseSinceEpoch } from './clickhouse-casts.ts';
import { dayOf as clickhouseDayOf, raise as clickhouseRaise } from './clickhouse-sql.ts';
import { clickhouseNames, lambda, sure } from './clickhouse-text.ts';
import { pow10 } from './decimal.ts';
import type { Arg, CallTypes, Example, Refusal, ScalarRow, Signature } from './define.ts';
import { sqlFor } from './engine-sql.ts';
import { EvaluationError } from './evaluation-error.ts';
import { postgresSinceEpoch } from './postgres-casts.ts';
import { raise } from './postgres-sql.ts';
import { type Reading, readingOf } from './time-pattern.ts';
import { dateOf } from './time-truncation.ts';

interface Reader {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly type: SqlType;
  readonly tried: boolean;
  readonly summary: string;
  readonly examples?: readonly Example[];
}

const formatHint =
  'made of YYYY or YY, MM, MON or MMMM, DD, HH24 or HH12 with AM, MI, SS, FF, with - / : . , _ and blanks, or "quoted text", between them';

function resolveReading({ name, type, tried }: Reader, args: readonly Arg[]): Signature | Refusal {
  const refusal = expectArgs(name, args, ['varchar', 'varchar']);
  if (refusal) return refusal;
  const [x, format] = args as [Arg, Arg];
  if (typeof format.literal !== 'string') return refuse('wrong-arguments', `${name} needs a constant format`, formatHint, 1);
  const reading = readingOf(format.literal, type);
  if (reading === undefined)
    return refuse('wrong-arguments', `the format '${format.literal}' is not supported for reading a ${typeName(type)}`, formatHint, 1);
  if (typeof x.literal === 'string') return readLiteral(x.literal, reading, format.literal, type, tried);
  if (tried) return { type, nullable: true };
  const reason = `text that is no ${typeName(type)} in this format raises an error`;
  return { type, nullable: x.nullable, mayRaise: { reason, hint: `write TRY_${name}(x, '${format.literal}')` } };
}

/** Snowflake reads more than the strict form, so that only text without a digit is surely none. */
function readLiteral(text: string, reading: Reading, format: string, type: SqlType, tried: boolean): Signature | Refusal {
  if (reading.read(text) !== undefined) return { type, nullable: false };
  if (tried && !/\d/.test(text)) return { type, nullable: true };
  return refuse(
    'type-mismatch',
    `'${text}' is no ${typeName(type)} in the format '${format}'`,
    'with every digit that the format names',
    0,
  );
}

function knownReading({ args, type }: CallTypes): Reading {
  return readingOf(String(args[1]?.literal), type) as Reading;
}

function duckdbReading(x: Sql, types: CallTypes, tried: boolean): Sql {
  const { pattern, iso } = knownReading(types);
  const text = iso((group) => call('regexp_extract', x, str(pattern), token(group)));
  const value: Sql = { kind: 'cast', argument: text, to: types.type, try: tried };
  const whole = { when: call('regexp_full_match', x, str(pattern)), then: value };
  if (tried) return caseWhen([whole]);
  return caseWhen(
    [{ when: isNull(x), then: token('NULL') }, whole],
    call('error', str(`text is no ${typeName(types.type)} in this format`)),
  );
}

/** A group that took part in nothing is NULL in Postgres. */
function postgresReading(x: Sql, types: CallTypes, tried: boolean): Sql {
  const { pattern, iso } = knownReading(types);
  const whole = str(`^(?:${pattern})$`);
  const text = iso((group) => call('COALESCE', call('regexp_substr', x, whole, token(1), token(1), str(''), token(group)), str('')));
  const native = types.type.kind === 'timestamp' ? 'timestamp' : types.type.kind;
  const valid = caseWhen([{ when: call('pg_input_is_valid', text, str(native)), then: cast(text, types.type) }]);
  const value = caseWhen([{ when: call('regexp_like', x, whole), then: valid }]);
  if (tried) return value;
  const problem = raise(`text is no ${typeName(types.type)} in this format`, cast(token('NULL'), types.type));
  return call('COALESCE', value, caseWhen([{ when: postfix(x, 'IS NOT NULL'), then: problem }]));
}

/** The text is read at many places: one that is computed stands once, under a name. */
function clickhouseReading(x: Sql, types: CallTypes, tried: boolean): Sql {
  if (x.kind === 'name' || x.kind === 'string') return clickhouseReadingOf(x, types, tried);
  const read = lambda('given', clickhouseReadingOf(token('given'), types, tried));
  return call('arrayElement', call('arrayMap', read, call('array', x)), token(1));
}

function clickhouseReadingOf(x: Sql, types: CallTypes, tried: boolean): Sql {
  const { pattern, iso } = knownReading(types);
  const whole = str(`^(?:${pattern})$`);
  const text = clickhouseNames(iso((group) => call('arrayElement', call('extractGroups', sure(x), whole), token(group))));
  const fits = { when: call('match', x, whole), then: castSql('clickhouse', text, varchar, types.type, tried) };
  if (tried) return caseWhen([fits]);
  const problem = clickhouseRaise(`text is no ${typeName(types.type)} in this format`, types.type, prefix('NOT', fits.when));
  return caseWhen([{ when: isNull(x), then: cast(token('NULL'), types.type) }, fits], problem);
}

function evaluateReading(text: Value, types: CallTypes, tried: boolean): Value {
  const value = knownReading(types).read(text as string);
  if (value === undefined && !tried) throw new EvaluationError(`text is no ${typeName(types.type)} in this format`);
  return value ?? null;
}

const reader = (given: Reader): ScalarRow => ({
  kind: 'scalar',
  name: given.name,
  ...(given.aliases === undefined ? {} : { aliases: given.aliases }),
  summary: given.summary,
  nulls: 'propagate',
  resolve: (args) => resolveReading(given, args),
  sql: {
    standard: ([x, format], types) => {
      const native = call(given.name, x as Sql, format as Sql);
      if (!given.tried) return native;
      return caseWhen([{ when: call('REGEXP_LIKE', x as Sql, str(knownReading(types).pattern)), then: native }]);
    },
    duckdb: ([x], types) => duckdbReading(x as Sql, types, given.tried),
    postgres: ([x], types) => postgresReading(x as Sql, types, given.tried),
    ...(given.type.kind === 'time' ? {} : { clickhouse: ([x], types) => clickhouseReading(x as Sql, types, given.tried) }),
  },
  evaluate: ([x], types) => evaluateReading(x as Value, types, given.tried),
  examples: given.examples ?? [],
});

/** Without a format the row converts a value that is no text. */
const withValues = (
  row: ScalarRow,
  resolve: (args: readonly Arg[]) => Signature | Refusal,
  sql: {
    readonly standard: (args: readonly Sql[], types: CallTypes) => Sql;
    readonly duckdb: (args: readonly Sql[], types: CallTypes) => Sql;
    readonly postgres: (args: readonly Sql[], types: CallTypes) => Sql;
    readonly clickhouse?: (args: readonly Sql[], types: CallTypes) => Sql;
  },
  evaluate: (args: readonly Value[], types: CallTypes) => Value,
): ScalarRow => {
  const isText = ({ args }: CallTypes): boolean => args[0]?.type.kind === 'varchar';
  const onClickhouse =
    (ofValue: typeof sql.standard): typeof sql.standard =>
    (args, types) =>
      (isText(types) ? sqlFor(row, row.sql, 'clickhouse') : ofValue)(args, types);
  return {
    ...row,
    resolve: (args) => (args[0]?.type.kind === 'varchar' ? row.resolve(args) : resolve(args)),
    sql: {
      standard: (args, types) => (isText(types) ? row.sql.standard : sql.standard)(args, types),
      duckdb: (args, types) => (isText(types) ? (row.sql.duckdb ?? row.sql.standard) : sql.duckdb)(args, types),
      postgres: (args, types) => (isText(types) ? sqlFor(row, row.sql, 'postgres') : sql.postgres)(args, types),
      ...(sql.clickhouse && { clickhouse: onClickhouse(sql.clickhouse) }),
    },
    evaluate: (args, types) => (isText(types) ? row.evaluate : evaluate)(args, types),
  };
};

const dateOfTime = ([x]: readonly Sql[]): Sql => cast(x as Sql, date);

const toDate = withValues(
  reader({
    name: 'TO_DATE',
    aliases: ['DATE'],
    type: date,
    tried: false,
    summary: 'The date of a timestamp; of text, in ISO form or in a constant format.',
    examples: [
      { sql: "TO_DATE('2024-10-02 04:00:00'::TIMESTAMP_NTZ)", result: '2024-10-02', source: 'gold:slt.datetime.to_date.3' },
      { sql: "TO_DATE('05/10/2024', 'MM/DD/YYYY')", result: '2024-05-10', source: 'gold:slt.datetime.to_date.6' },
    ],
  }),
  (args) => expectArgs('TO_DATE', args, ['time']) ?? { type: date, nullable: args[0]?.nullable === true },
  {
    standard: dateOfTime,
    duckdb: dateOfTime,
    postgres: dateOfTime,
    clickhouse: ([x], { args }) => clickhouseDayOf(x as Sql, (args[0] as Arg).type),
  },
  ([x], { args }) => dateOf(x as bigint, args[0] as Arg),
);

function resolveEpoch(args: readonly Arg[]): Signature | Refusal {
  const wrong = arity('TO_TIMESTAMP', args, 1, 2) ?? expectKind('TO_TIMESTAMP', args[0] as Arg, 'number', 0);
  if (wrong) return wrong;
  const [x, scale] = args as [Arg, Arg?];
  const digits = scale === undefined ? 0 : Number(scale.literal);
  if (![0, 3, 6, 9].includes(digits))
    return refuse('wrong-arguments', 'TO_TIMESTAMP needs a constant scale', '0 for seconds, 3 for milliseconds, 6, or 9', 1);
  const own = x.type.kind === 'number' ? x.type.scale : 0;
  if (own + digits > 6 && own > 0) return refuse('type-mismatch', 'a timestamp has no parts of a microsecond', 'ROUND the number first', 0);
  return { type: timestamp, nullable: x.nullable };
}

const digitsLeft = ({ args }: CallTypes): number => 6 - Number(args[1]?.literal ?? 0);
const numberScale = ({ args }: CallTypes): number => (args[0]?.type.kind === 'number' ? args[0].type.scale : 0);

const toTimestamp = withValues(
  reader({
    name: 'TO_TIMESTAMP',
    aliases: ['TO_TIMESTAMP_NTZ'],
    type: timestamp,
    tried: false,
    summary: 'Of a number of seconds since 1970, or of their 10^scale-th parts; of text, in ISO form or in a constant format.',
  }),
  resolveEpoch,
  {
    standard: (args) => call('TO_TIMESTAMP_NTZ', ...args),
    duckdb: ([x], types) => sinceEpoch(x as Sql, numberScale(types), digitsLeft(types)),
    postgres: ([x], types) => postgresSinceEpoch(x as Sql, digitsLeft(types)),
    clickhouse: ([x], types) => clickhouseSinceEpoch(x as Sql, numberScale(types), digitsLeft(types)),
  },
  ([x], types) => {
    const power = digitsLeft(types) - numberScale(types);
    return power >= 0 ? (x as bigint) * pow10(power) : floorDivide(x as bigint, pow10(-power));
  },
);

export const timeReadingRows: readonly ScalarRow[] = [
  toDate,
  reader({ name: 'TRY_TO_DATE', type: date, tried: true, summary: 'As TO_DATE of text; NULL where that is no date of the format.' }),
  toTimestamp,
  reader({
    name: 'TRY_TO_TIMESTAMP',
    aliases: ['TRY_TO_TIMESTAMP_NTZ'],
    type: timestamp,
    tried: true,
    summary: 'As TO_TIMESTAMP of text; NULL where that is no timestamp of the format.',
  }),
  withValues(
    reader({
      name: 'TO_TIME',
      aliases: ['TIME'],
      type: timeOfDay,
      tried: false,
      summary: 'The time of day of a timestamp; of text, in ISO form or in a constant format.',
      examples: [{ sql: "TO_TIME('11.15.00', 'HH24.MI.SS')", result: '11:15:00.000000', source: 'gold:slt.datetime.to_time.3' }],
    }),
    (args) => {
      const refusal = arity('TO_TIME', args, 1);
      if (refusal) return refusal;
      const [x] = args as [Arg];
      if (x.type.kind === 'date') return refuse('type-mismatch', 'a DATE has no time of day', undefined, 0);
      return x.type.kind === 'time'
        ? { type: timeOfDay, nullable: x.nullable }
        : (expectKind('TO_TIME', x, 'time', 0) ?? { type: timeOfDay, nullable: x.nullable });
    },
    {
      standard: ([x], { args }) => castSql('snowflake', x as Sql, (args[0] as Arg).type, timeOfDay, false),
      duckdb: ([x], { args }) => castSql('duckdb', x as Sql, (args[0] as Arg).type, timeOfDay, false),
      postgres: ([x], { args }) => castSql('postgres', x as Sql, (args[0] as Arg).type, timeOfDay, false),
    },
    ([x], { args }) => castValue(x as Value, (args[0] as Arg).type, timeOfDay, false),
  ),
  reader({ name: 'TRY_TO_TIME', type: timeOfDay, tried: true, summary: 'As TO_TIME of text; NULL where that is no time of the format.' }),
];
