/** What arguments each scalar row is tried with. */
import { boolean, number, type SqlType, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { bytesShapes, ofBytes } from './bytes-shapes.ts';
import { integer, pick, type Random, randomType } from './random-values.ts';
import { semiStructuredShapes } from './semi-structured-shapes.ts';
import { timeShapes } from './time-shapes.ts';

/** A column of a type, or a constant. */
export type Draw =
  | { readonly type: SqlType; readonly among?: readonly Value[] /** Never NULL. */; readonly required?: true }
  | { readonly type: SqlType; readonly literal: string };

export type Shape = (random: Random) => readonly Draw[];
type Kind = Parameters<typeof randomType>[1];

const column = (random: Random, kind: Kind): Draw => ({ type: randomType(random, kind) });
const literal = (text: string): Draw => ({ type: varchar, literal: text });
const whole = (n: number): Draw => ({ type: number(9), literal: String(n) });
const among = (type: SqlType, values: readonly Value[]): Draw => ({ type, among: values });
const kinds =
  (...names: Kind[]): Shape =>
  (random) =>
    names.map((kind) => column(random, kind));
const either =
  (...shapes: Shape[]): Shape =>
  (random) =>
    pick(random, shapes)(random);
const optional =
  (shape: Shape, more: Shape): Shape =>
  (random) =>
    random() < 0.5 ? shape(random) : [...shape(random), ...more(random)];

const numbers = kinds('number', 'number');
const literalNumber: Shape = (random) => [
  column(random, 'number'),
  { type: number(4, 2), literal: pick(random, ['2.50', '-3.00', '10.00', '0.07']) },
];
const same =
  (count: number): Shape =>
  (random) => {
    const kind = pick(random, ['number', 'varchar', 'date', 'timestamp', 'float', 'binary'] as const);
    return Array.from({ length: count }, () => column(random, kind));
  };
const mixed: Shape = either(kinds('date', 'timestamp'), kinds('number', 'float'), (random) => [
  column(random, 'timestamp'),
  literal('2016-12-31 23:59:59'),
]);
const time: Shape = either(kinds('date'), kinds('timestamp'));
const units = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond'];
const dayUnits = units.slice(0, 5);
const clockUnits = units.slice(5);
const amounts = among(number(9), [-1000n, -13n, -1n, 0n, 1n, 2n, 11n, 31n, 500n]);
const amount: Shape = (random) => [random() < 0.4 ? whole(integer(random, -40, 40)) : amounts];
const few = [-3n, -2n, -1n, 0n, 1n, 2n, 3n, 5n, 9n];
const counts = among(number(9), few);
const wideCounts = among(number(38), few);

const parts = [
  'year',
  'quarter',
  'month',
  'day',
  'week',
  'dayofweek',
  'dayofweekiso',
  'dayofyear',
  'weekiso',
  'yearofweekiso',
  'epoch_second',
  'epoch_millisecond',
  'epoch_microsecond',
];
const then =
  (...shapes: Shape[]): Shape =>
  (random) =>
    shapes.flatMap((shape) => shape(random));
const fixed =
  (...draws: Draw[]): Shape =>
  () =>
    draws;
const clock: Shape = either(kinds('timestamp'), kinds('time'), fixed(literal('2016-02-29T23:59:59.5Z')));
const separator: Shape = fixed(among(varchar, [',', '', 'b', 'an', 'X']));
const bools =
  (count: number): Shape =>
  () =>
    Array.from({ length: count }, () => ({ type: boolean }));
const text = kinds('varchar');
const anything: Shape = (random) => [column(random, pick(random, ['number', 'varchar', 'date', 'timestamp', 'float', 'boolean'] as const))];
const pattern: Shape = (random) =>
  pick(random, [
    [literal('%a%')],
    [literal('_b%')],
    [literal('100^%'), literal('^')],
    [literal('')],
    [literal('%')],
    [literal('a\\_%')],
    [literal('%\n%')],
    [literal("it's")],
  ]);

const positions: Shape = either(then(separator, text), (random) => [
  literal(pick(random, ['a', 'an', 'é'])),
  column(random, 'varchar'),
  whole(integer(random, 1, 7)),
]);

const rounded: Shape = either(
  kinds('number'),
  kinds('float'),
  then(kinds('number'), (random) => [whole(integer(random, -3, 4))]),
);
const bits: Shape = either(
  fixed(among(number(9), [-7n, -1n, 0n, 1n, 2n, 4n, 16n, 65504n])),
  fixed(among(number(18), [5n, 255n, 123456789012345678n, -123456789012345678n])),
);
const angles: Shape = fixed(among(number(6, 2), [-31415n, -157n, -50n, 1n, 50n, 157n, 9000n, 4071n]));
const truths: Shape = either(kinds('number'), bools(1), fixed(among(number(4, 2), [0n, 30n, -40n, 49n, 50n, -50n, 235n])));

const patterns = [
  'a',
  '[a-c]+',
  '\\w+',
  '\\W',
  '\\b\\w+\\b',
  '^a.*',
  '(a|b)[^,]?',
  'an(an)*',
  '(\\d+)-(\\d+)',
  '([A-Za-z]+)([^A-Za-z])',
  'é|👍|a',
  '[[:punct:]][[:alnum:]]+',
  '\\S+$',
  ',([^,]*),',
  'x{2,3}y?',
];
const regexpText: Shape = fixed(
  among(varchar, [
    '',
    'a',
    'banana',
    'ananas',
    'Noël 圣诞',
    '2024-02-29',
    'ab,cd,,',
    'a\nb',
    '👍🏽x',
    'xxxxyxxy',
    'A-B a-b',
    'é,a,👍,',
    'aa bb cc',
    ' (NY)-(LA) ',
  ]),
);
const patternAt =
  (...list: readonly string[]): Shape =>
  (random) => [literal(pick(random, list))];
const regexpPlaces: Shape = (random) => [whole(pick(random, [1, 1, 2, 3, 9])), whole(integer(random, 1, 3))];
const unanchored = patterns.filter((p) => !p.startsWith('^'));

const written: Readonly<Record<string, Shape>> = {
  ...semiStructuredShapes,
  '+': either(numbers, literalNumber, kinds('float', 'number'), then(kinds('date'), fixed(amounts)), then(fixed(amounts), kinds('date'))),
  '-': either(numbers, literalNumber, kinds('float', 'number'), then(kinds('date'), fixed(amounts)), kinds('date', 'date')),
  '*': either(numbers, literalNumber, kinds('float', 'number')),
  '/': either(numbers, literalNumber, kinds('float', 'number')),
  '%': either(numbers, literalNumber),
  DIV0: either(numbers, literalNumber),
  DIV0NULL: either(numbers, literalNumber),
  NEGATE: either(kinds('number'), kinds('float')),
  AND: bools(2),
  OR: bools(2),
  NOT: bools(1),
  'IS TRUE': bools(1),
  'IS NOT TRUE': bools(1),
  'IS FALSE': bools(1),
  'IS NOT FALSE': bools(1),
  'IS NULL': anything,
  'IS NOT NULL': anything,
  BETWEEN: same(3),
  'NOT BETWEEN': same(3),
  LIKE: then(text, pattern),
  'NOT LIKE': then(text, pattern),
  ILIKE: then(text, pattern),
  'NOT ILIKE': then(text, pattern),
  ROUND: either(
    kinds('number'),
    kinds('float'),
    then(kinds('number'), (random) => [whole(integer(random, -3, 4))]),
    then(kinds('number'), (random) => [whole(integer(random, -3, 4)), literal(pick(random, ['HALF_TO_EVEN', 'HALF_AWAY_FROM_ZERO']))]),
  ),
  TRUNC: either(
    kinds('number'),
    kinds('float'),
    then(kinds('number'), (random) => [whole(integer(random, -3, 4))]),
  ),
  FLOOR: rounded,
  CEIL: rounded,
  LOG: then(fixed(among(number(5, 2), [200n, 1000n, 50n, 100n, 0n])), fixed(among(number(6, 2), [50n, 100n, 800n, 123400n, 0n, -100n]))),
  SQUARE: either(kinds('number'), kinds('float')),
  FACTORIAL: fixed(among(number(3), [0n, 1n, 5n, 20n, 33n, 34n, -1n])),
  WIDTH_BUCKET: (random) => [
    pick(random, [
      among(number(6, 2), [-500n, -1n, 0n, 99n, 100n, 101n, 999n, 1000n, 1001n, 5000n]),
      among(number(9), [-3n, 0n, 2n, 5n, 9n, 10n, 11n]),
    ]),
    ...pick(random, [
      [whole(0), whole(10), whole(5)],
      [whole(-4), whole(4), whole(2)],
      [whole(0), whole(100), whole(10)],
    ]),
  ],
  ...Object.fromEntries(['BITAND', 'BITOR', 'BITXOR'].map((name) => [name, then(bits, bits)])),
  BITNOT: bits,
  BITSHIFTLEFT: then(bits, (random) => [whole(integer(random, 0, 60))]),
  BITSHIFTRIGHT: then(bits, (random) => [whole(integer(random, 0, 60))]),
  ...Object.fromEntries(
    ['SIN', 'COS', 'TAN', 'COT', 'ATAN', 'SINH', 'COSH', 'TANH', 'ASINH', 'RADIANS', 'DEGREES', 'CBRT'].map((name) => [name, angles]),
  ),
  ...Object.fromEntries(
    ['ASIN', 'ACOS', 'ACOSH', 'ATANH'].map((name) => [name, fixed(among(number(5, 2), [-150n, -100n, -50n, 0n, 25n, 99n, 100n, 130n]))]),
  ),
  ATAN2: then(angles, angles),
  PI: fixed(),
  HAVERSINE: then(angles, angles, angles, angles),
  ABS: either(kinds('number'), kinds('float')),
  SIGN: kinds('number'),
  SQRT: kinds('number'),
  LN: kinds('number'),
  EXP: fixed(among(number(5, 2), [-500n, 0n, 100n, 1234n])),
  POWER: fixed(among(number(5, 2), [-500n, 0n, 100n, 1234n]), among(number(2), [0n, 1n, 2n, 7n])),
  COALESCE: either(same(2), same(3), mixed),
  GREATEST: either(same(2), same(3), mixed),
  LEAST: either(same(3), mixed),
  GREATEST_IGNORE_NULLS: either(same(2), same(3), mixed),
  LEAST_IGNORE_NULLS: either(same(3), mixed),
  REGR_VALX: either(kinds('float', 'number'), kinds('float', 'float')),
  REGR_VALY: either(kinds('float', 'number'), kinds('float', 'float')),
  BOOLAND: then(truths, truths),
  BOOLOR: then(truths, truths),
  BOOLXOR: then(truths, truths),
  BOOLNOT: truths,
  NULLIF: either(same(2), mixed),
  ZEROIFNULL: either(kinds('number'), kinds('float')),
  NULLIFZERO: either(kinds('number'), fixed(among(number(5, 2), [0n, 1n]))),
  '||': kinds('varchar', 'varchar'),
  CONCAT: kinds('varchar', 'varchar', 'varchar'),
  CONCAT_WS: optional(kinds('varchar', 'varchar'), text),
  SUBSTR: optional(then(text, fixed(counts)), fixed(wideCounts)),
  LEFT: then(text, fixed(wideCounts)),
  RIGHT: then(text, fixed(wideCounts)),
  REPEAT: then(text, fixed(wideCounts)),
  LOWER: fixed(among(varchar, ['', 'ABC', 'aB1', 'ÉCLAIR', 'Noël'])),
  UPPER: fixed(among(varchar, ['', 'abc', 'aB1', 'éclair', 'Noël'])),
  TRIM: optional(text, separator),
  LTRIM: optional(text, separator),
  RTRIM: optional(text, separator),
  LPAD: optional(then(text, fixed(wideCounts)), separator),
  RPAD: optional(then(text, fixed(counts)), separator),
  REVERSE: text,
  LENGTH: text,
  REGEXP_LIKE: either(
    then(regexpText, patternAt(...patterns, '', 'foo|foobar', '.*', '(a|ab)(c|bcd)?', '[^a]+')),
    then(regexpText, patternAt('[A-c]+', 'BAN.*', '.*[^a-n]', 'a.b'), patternAt('i', 'c', 's', 'is')),
  ),
  REGEXP_SUBSTR: either(
    then(regexpText, patternAt(...patterns)),
    then(regexpText, patternAt(...unanchored), regexpPlaces),
    then(regexpText, patternAt(...unanchored.filter((p) => !p.includes('é'))), regexpPlaces, patternAt('i', '', 'ci')),
    then(regexpText, patternAt('(\\d+)-(\\d+)', '([A-Za-z]+)([^A-Za-z])'), regexpPlaces, patternAt('e', 'ie'), (random) => [
      whole(integer(random, 0, 2)),
    ]),
  ),
  REGEXP_COUNT: either(
    then(regexpText, patternAt(...patterns)),
    then(regexpText, patternAt(...unanchored), (random) => [whole(integer(random, 1, 4))]),
  ),
  REGEXP_INSTR: either(
    then(regexpText, patternAt(...patterns)),
    then(regexpText, patternAt(...unanchored), regexpPlaces),
    then(regexpText, patternAt(...unanchored), regexpPlaces, (random) => [whole(integer(random, 0, 1))]),
    then(regexpText, patternAt('(\\d+)-(\\d+)', '([A-Za-z]+)([^A-Za-z])', '(([a-z])n)a'), regexpPlaces, (random) => [
      whole(integer(random, 0, 1)),
      literal('e'),
      whole(integer(random, 0, 2)),
    ]),
  ),
  REGEXP_REPLACE: either(
    then(regexpText, patternAt(...patterns, '()')),
    then(regexpText, patternAt(...patterns), patternAt('', 'X', '\\\\', 'é')),
    then(regexpText, patternAt('(\\d+)-(\\d+)', '([A-Za-z]+)([^A-Za-z])', '(.)(.)'), patternAt('<\\2\\1>', '\\1'), (random) => [
      whole(integer(random, 1, 3)),
      whole(integer(random, 0, 3)),
    ]),
  ),
  MD5: text,
  SHA1: text,
  SHA2: either(text, then(text, fixed({ type: number(3), literal: '256' }))),
  OCTET_LENGTH: text,
  BIT_LENGTH: text,
  HEX_ENCODE: either(text, (random) => [column(random, 'varchar'), whole(integer(random, 0, 1))]),
  HEX_DECODE_STRING: either(fixed(among(varchar, ['', '41', 'c3a9', 'C3A9', 'F09F918D', 'zz', '4', 'FF', 'a ', '00e9'])), text),
  BASE64_ENCODE: text,
  BASE64_DECODE_STRING: either(fixed(among(varchar, ['', 'SEVMTE8=', 'w6k=', 'YQ==', 'YQ=', 'YQ', '8J+RjQ==', '!!!!', '/w=='])), text),
  ASCII: text,
  UNICODE: text,
  CHR: either(fixed(among(number(9), [1n, 65n, 233n, 8364n, 128077n, 55295n, 55296n, 57344n, 1114111n, 0n, -1n, 1114112n])), (random) => [
    whole(integer(random, 32, 9000)),
  ]),
  INITCAP: optional(fixed(among(varchar, ['', 'abc dEf', 'noël+ÉTÉ', 'to je dobré', 'HelL0_hi+therE', 'x-👍y', ' a\nb'])), (random) => [
    literal(pick(random, ['', ' ', 'b', '+-', 'é ', "it's"])),
  ]),
  TRANSLATE: then(text, (random) =>
    pick(random, [
      [literal('ab'), literal('xy')],
      [literal('anX'), literal('1')],
      [literal('é👍'), literal('e😀')],
      [literal(''), literal('')],
      [literal(' ,'), literal('')],
    ]),
  ),
  RTRIMMED_LENGTH: fixed(among(varchar, ['', ' ', 'a ', ' é  ', 'a\t', 'ab\n ', '👍 '])),
  INSERT: then(text, fixed(counts), fixed(counts), text),
  STRTOK: optional(text, optional(fixed(among(varchar, [',', '', 'ab', 'é, ', 'an', '👍'])), fixed(wideCounts))),
  EDITDISTANCE: optional(kinds('varchar', 'varchar'), fixed(counts)),
  POSITION: positions,
  CHARINDEX: positions,
  STARTSWITH: then(text, separator),
  ENDSWITH: then(text, separator),
  CONTAINS: then(text, separator),
  REPLACE: optional(then(text, separator), text),
  SPLIT_PART: then(text, separator, fixed(wideCounts)),
  TO_CHAR: either(
    kinds('number'),
    bools(1),
    then(time, (random) => [
      literal(
        pick(random, [
          'YYYY-MM-DD',
          'YYYY-MM-DD HH24:MI:SS',
          'DD/MM/YYYY',
          'YYYYMMDD',
          'HH24:MI:SS.FF3',
          'SS.FF6',
          'YYYY-MM-DD"T"HH24:MI',
          'dy, dd mon yy hh12:mi pm',
          'MMMM DD at HH24 hours',
          'FF1.FF2.FF4:FF5 YYYY',
        ]),
      ),
    ]),
    kinds('date'),
  ),
  ...timeShapes,
  DATEADD: either(
    (random) => [literal(pick(random, units)), ...amount(random), ...time(random)],
    (random) => [literal(pick(random, clockUnits)), ...amount(random), column(random, 'time')],
  ),
  DATEDIFF: either(
    (random) => [literal(pick(random, units)), ...time(random), ...time(random)],
    (random) => [literal(pick(random, clockUnits)), column(random, 'time'), column(random, 'time')],
    (random) => [literal(pick(random, units)), column(random, 'timestamp'), literal('2016-02-29T23:59:59.5-07:00')],
  ),
  ADD_MONTHS: then(time, fixed(amounts)),
  DATE_TRUNC: either(
    (random) => [literal(pick(random, units)), column(random, 'timestamp')],
    (random) => [literal(pick(random, dayUnits)), column(random, 'date')],
    (random) => [literal(pick(random, clockUnits)), column(random, 'time')],
  ),
  TIME_SLICE: (random) => [
    ...(random() < 0.5
      ? [column(random, 'timestamp'), whole(integer(random, 1, 9)), literal(pick(random, units.slice(0, 8)))]
      : [column(random, 'date'), whole(integer(random, 1, 9)), literal(pick(random, dayUnits))]),
    ...(random() < 0.5 ? [] : [literal(pick(random, ['START', 'end']))]),
  ],
  DATE_PART: either(
    (random) => [literal(pick(random, parts)), ...time(random)],
    (random) => [literal(pick(random, ['hour', 'minute', 'second', 'nanosecond'])), column(random, pick(random, ['timestamp', 'time']))],
  ),
  HOUR: clock,
  MINUTE: clock,
  SECOND: clock,
  ...Object.fromEntries(
    ['=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM', 'IS NOT DISTINCT FROM'].map((name) => [
      name,
      either(same(2), mixed, kinds('number', 'number')),
    ]),
  ),
  ...Object.fromEntries(
    [
      'YEAR',
      'QUARTER',
      'MONTH',
      'DAY',
      'DAYOFWEEK',
      'DAYOFWEEKISO',
      'DAYOFYEAR',
      'WEEK',
      'WEEKISO',
      'YEAROFWEEK',
      'YEAROFWEEKISO',
      'DAYNAME',
      'MONTHNAME',
    ].map((name) => [name, time]),
  ),
};

export const shapes: Readonly<Record<string, Shape>> = {
  ...written,
  ...ofBytes,
  ...Object.fromEntries(Object.entries(bytesShapes).map(([name, shape]) => [name, either(written[name] ?? shape, shape)])),
};
