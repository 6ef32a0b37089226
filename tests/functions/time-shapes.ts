/** What arguments the rows are tried with that read and put together dates, times and numbers. */
import { number, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { integer, pick, type Random, randomType } from './random-values.ts';
import type { Draw, Shape } from './scalar-shapes.ts';

const column = (random: Random, kind: Parameters<typeof randomType>[1]): Draw => ({ type: randomType(random, kind) });
const literal = (text: string): Draw => ({ type: varchar, literal: text });
const wholes = (...values: readonly number[]): Draw => ({ type: number(9), among: values.map(BigInt) });
const among = (values: readonly Value[]): Draw => ({ type: varchar, among: values });

const dates = ['05/10/2024', '02/29/2023', '02/29/2024', '13/01/2024', '12/31/0001', '5/10/2024', '05/10/24', '', 'x', '05/10/2024 '];
const stamps = ['2024.10.02 04:00:00', '2024.02.30 01:00:00', '1969.12.31 11:59:59', '2024.10.02 12:00:00', '2024.10.02 00:00:00'];
const words = ['05-Mar-2016 12:30:00.5 am', '29-FEB-2023 01:00:00.123456 PM', '31-dec-1999 12:00:00.99 Pm', '01-Foo-2016 12:30:00.5 AM'];
const short = ['240229 2359', '700101 0000', '691231 2400', '230229 0000', '000101 1200'];
const months = ['May 08, 2013', 'FEBRUARY 29, 1900', 'february 29, 2000', 'Feb 01, 2000'];
const clocks = ['11.15.00', '23.59.59', '24.00.00', '00.00.00', '1.2.3', ''];
const halves = ['12:30 PM', '12:00 am', '01:05 pm', '13:00 PM', '00:10 AM'];

/** [format, texts] */
type Written = readonly [string, readonly string[]];
const dateFormats: readonly Written[] = [
  ['MM/DD/YYYY', dates],
  ['mmmm dd, yyyy', months],
];
const timestampFormats: readonly Written[] = [
  ...dateFormats,
  ['YYYY.MM.DD HH:MI:SS', stamps],
  ['DD-MON-YYYY HH12:MI:SS.FF AM', words],
  ['YYMMDD HH24MI', short],
];
const timeFormats: readonly Written[] = [
  ['HH24.MI.SS', clocks],
  ['HH12:MI PM', halves],
];
const read =
  (formats: readonly Written[]): Shape =>
  (random) => {
    const [format, texts] = pick(random, formats);
    return [among(texts), literal(format)];
  };
const either =
  (...shapes: Shape[]): Shape =>
  (random) =>
    pick(random, shapes)(random);
const time: Shape = (random) => [column(random, pick(random, ['date', 'timestamp']))];

const amounts = ['$3,741.72', '$7,543.21', '$741.72', '7,543.21', '$7,543.2', '-$1,000.00', '$0,000.01'];
const plain = ['1.0', '-12.3', '0.0', '- 0.1', '99.95', '100.0', '1', '+1.0', '-99.9', 'x', ''];
const hexadecimal = ['ae5', 'FFF', '0', '1000', 'g', ''];
const readNumber: Shape = (random) => {
  const [format, texts] = pick(random, [
    ['99.9', plain],
    ['TM9', plain],
    ['$9,999.99', amounts],
    // The format of three hexadecimal digits.
    ['XXX', hexadecimal],
  ] as const);
  const limits = pick(random, [[], [9, 5], [5], [3, 1]] as const);
  return [among(texts), literal(format), ...limits.map((n): Draw => ({ type: number(2), literal: String(n) }))];
};

const years = wholes(99, 1900, 1969, 1970, 2000, 2016, 2024, 9000);
const anyParts = wholes(-400, -1, 0, 1, 2, 11, 12, 13, 28, 29, 30, 31, 59, 60, 100, 366);
const nanos = wholes(-1, 0, 1, 999, 1000, 987_654_321, -987_654_321);
const zones = ['Europe/Warsaw', 'America/Los_Angeles', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC'];

export const timeShapes: Readonly<Record<string, Shape>> = {
  TO_DATE: either(read(dateFormats), time),
  TRY_TO_DATE: read(timestampFormats),
  TO_TIMESTAMP: either(read(timestampFormats), (random) => {
    const [scale, values] = pick(random, [
      [undefined, [0, -1, 1, 86_399, 253_402_300_799, -62_135_596_800, 31_536_000]],
      [3, [0, -1, 1, 1_712_619_560_123, -1_500]],
      [6, [0, -1, 1, 1_712_619_560_123_456]],
      [9, [0, -1, 1, 999, 1000, -1000, -1001, 1_712_619_560_123_456]],
    ] as const);
    const x: Draw = { type: number(18), among: values.map((n) => BigInt(n)) };
    if (scale !== undefined) return [x, { type: number(1), literal: String(scale) }];
    return [
      pick(random, [
        x,
        { type: number(20, 2), among: values.map((n) => BigInt(n)) },
        { type: number(18, 6), among: [1n, -1n, 1_500_000n] },
      ]),
    ];
  }),
  TRY_TO_TIMESTAMP: read(timestampFormats),
  TO_TIME: either(read(timeFormats), (random) => [column(random, pick(random, ['time', 'timestamp']))]),
  TRY_TO_TIME: read(timeFormats),
  TO_NUMBER: readNumber,
  TRY_TO_NUMBER: readNumber,
  DATE_FROM_PARTS: () => [years, anyParts, anyParts],
  TIMESTAMP_NTZ_FROM_PARTS: either(
    () => [years, anyParts, anyParts, anyParts, anyParts, wholes(0, 59, -3600, 12_345)],
    () => [years, anyParts, anyParts, anyParts, anyParts, wholes(0, 59, -3600, 12_345), nanos],
    (random) => [column(random, 'date'), column(random, 'time')],
  ),
  TIME_FROM_PARTS: either(
    () => [wholes(0, 1, 12, 23, 24), wholes(0, 40, 59, 60, 100, -1), wholes(0, 59, 12_345)],
    () => [wholes(0, 1, 12, 23, 24), wholes(0, 40, 59, 60, 100, -1), wholes(0, 59, 12_345), nanos],
  ),
  MONTHS_BETWEEN: (random) => [...time(random), ...time(random)],
  LAST_DAY: either(
    time,
    () => [literal('2024-02-28')],
    (random) => [...time(random), literal(pick(random, ['week', 'month', 'quarter', 'year']))],
  ),
  NEXT_DAY: (random) => [
    ...either(time, () => [literal('2024-02-29 10:00:00Z')])(random),
    literal(pick(random, ['mo', 'Tuesday', 'we', 'thu', 'FRI', 'sa', 'sunday'])),
  ],
  PREVIOUS_DAY: (random) => [...time(random), literal(pick(random, ['mo', 'Tuesday', 'we', 'thu', 'FRI', 'sa', 'sunday']))],
  CONVERT_TIMEZONE: (random) => [
    literal(random() < 0.5 ? 'UTC' : pick(random, zones)),
    literal(pick(random, zones)),
    integer(random, 0, 9) === 0 ? literal('2024-01-01 00:00:00') : column(random, 'timestamp'),
  ],
};
