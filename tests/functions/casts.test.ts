import { beforeAll, describe, expect, test } from 'vitest';
import { castSql, castValue, resolveCast } from '../../compiler/functions/casts.ts';
import { NotOnEngine } from '../../compiler/functions/engine-sql.ts';
import { EvaluationError } from '../../compiler/functions/evaluation-error.ts';
import { name } from '../../compiler/sql/tree.ts';
import { boolean, bytes, date, float, number, type SqlType, timeOfDay, timestamp, typeName, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type TestEngine, testEngines } from './engines.ts';
import { constant, print, valueText } from './print-for-test.ts';
import { integer, pick, randomValue, seeded } from './random-values.ts';

const numbers = [number(1), number(5, 2), number(9), number(18), number(12, 5), number(38), number(28, 1)];
const pairs: readonly (readonly [SqlType, SqlType, boolean])[] = [
  ...numbers.flatMap((from) => [...numbers, float, boolean, varchar].map((to) => [from, to, false] as const)),
  ...[number(38), number(38, 2), number(38, 6)].map((to) => [float, to, false] as const),
  ...[...numbers, float, boolean, date, timestamp].map((to) => [varchar, to, true] as const),
  [boolean, number(5, 2), false],
  [boolean, number(9), false],
  [boolean, varchar, false],
  [date, timestamp, false],
  [timestamp, date, false],
  [timestamp, timeOfDay, false],
  [varchar, timeOfDay, true],
  [date, varchar, false],
  [bytes, varchar, false],
  [varchar, bytes, true],
  [varchar, bytes, false],
  ...[date, timestamp, timeOfDay, number(9), boolean].map((to) => [varchar, to, false] as const),
  ...[number(9), number(12, 5), number(5, 2)].map((from) => [from, timestamp, false] as const),
];

const texts = [
  '1',
  '0',
  '-1',
  ' 12.5 ',
  '12.345',
  '-12.5',
  '0.5',
  '.5',
  '5.',
  '1e3',
  '1.25e1',
  '1E-2',
  '99999.5',
  '1_000',
  '1,000',
  '0x10',
  '',
  ' ',
  '-',
  'e5',
  '1e',
  '\t1',
  'NaN',
  'inf',
  '12345678901234567890123456789012345678',
  '123456789012345678901234567890123456789',
  '1e400',
  '1e-400',
  '2.5',
  '-2.5',
  '1.005',
  'true',
  'T',
  ' yes ',
  'ON',
  'off',
  'N',
  'maybe',
  '2024-02-29',
  '2023-02-29',
  '2024-13-01',
  '2024-1-2',
  '20240102',
  '05-Mar-2016',
  '0000-01-01',
  '0001-01-01',
  '9999-12-31',
  '2024-01-01 10:00',
  '2024-01-01T23:59:59.123456',
  '2024-01-01 24:00:00',
  '2024-01-01 10:00:60',
  '2024-01-01 10:00:00.1234567',
  '2024-01-01 10:00:00Z',
  '2013-05-08T23:39:20.123-07:00',
  '2013-05-08 23:39:20.123 -0700',
  '2013-05-08 23:39:20 +05:30',
  '2013-05-08 23:39:20+05',
  '2013-05-08 23:39+05:30',
  '2013-05-08 23:39 +05:30',
  '2013-02-30T23:39:20Z',
  '2013-05-08 23:39:20 Z',
  'aB01',
  '0',
  '007',
  '31535999999',
  '31536000000',
  '31535999999999',
  '31536000000000',
  '31535999999999999',
  '31536000000000000',
  '946684800123456789',
  '9466848001234567890',
  'ff',
  'abc',
  '10:00',
  '23:59:59.999999',
  '24:00:00',
  '1:00:00',
  '10:00:00Z',
  '2024-01-01 10',
  ' 2024-01-01',
  '1969-12-31 23:59:59.999999',
];

function has(engine: TestEngine, from: SqlType, to: SqlType): boolean {
  try {
    castSql(engine.name, name('c'), from, to, false);
    return true;
  } catch (thrown) {
    if (thrown instanceof NotOnEngine) return false;
    throw thrown;
  }
}

describe.each(testEngines)('casts mean in $name what they mean in Snowflake', (engine) => {
  let ask: Awaited<ReturnType<TestEngine['open']>>['rows'];
  beforeAll(async () => {
    ask = (await engine.open()).rows;
  }, 60_000);

  test.each(
    pairs
      .filter(([from, to]) => has(engine, from, to))
      .map(([from, to, try_]) => [`${typeName(from)} to ${typeName(to)}`, from, to, try_] as const),
  )('%s', async (_, from, to, try_) => {
    const outcome = resolveCast(from, to, try_);
    expect(outcome).not.toHaveProperty('refused');
    const random = seeded(7);
    const draw = (): Value => {
      if (from.kind !== 'varchar') return randomValue(random, from);
      if (to.kind === 'time' && random() < 0.3)
        return valueText(BigInt(integer(random, 0, 86_399_999_999)), to).slice(0, integer(random, 4, 15));
      if (random() < 0.6) return pick(random, texts);
      return `${pick(random, ['', '-', '+', ' '])}${integer(random, 0, 999999)}${pick(random, ['', '.', '.5', '.25', `.${integer(random, 0, 99999)}`, 'e2', 'e-3'])}`;
    };
    const samples: { value: Value; expected: Value }[] = [];
    for (let i = 0; i < 1500; i++) {
      const value = draw();
      try {
        const expected = castValue(value, from, to, try_);
        if ((engine.holds?.(value, from) ?? true) && (engine.holds?.(expected, to) ?? true)) samples.push({ value, expected });
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
      }
    }
    const expression = print(castSql(engine.name, name('c'), from, to, try_), engine.name);
    const got = await ask(
      `SELECT ${engine.asText(expression, to)} FROM (VALUES ${samples.map(({ value }, i) => `(${i}, ${constant(value, from, engine.name)})`).join(', ')}) t(i, c) ORDER BY i`,
    );
    for (const [i, { value, expected }] of samples.entries()) {
      const cell = got[i]?.[0] ?? null;
      const text = expected === null ? null : valueText(expected, to);
      const equal = to.kind === 'float' && cell !== null && text !== null ? Number(cell) === Number(text) : cell === text;
      expect(
        equal,
        `${value === null ? 'NULL' : JSON.stringify(valueText(value, from))} ${expression}\nmeaning ${text}, ${engine.name} ${cell}`,
      ).toBe(true);
    }
    expect(samples.length).toBeGreaterThan(100);
  });
});

describe('casts', () => {
  test('what is refused, and what may raise', () => {
    const refused = (from: SqlType, to: SqlType, try_ = false, literal?: string) => 'refused' in resolveCast(from, to, try_, literal);
    expect(refused(float, varchar)).toBe(true);
    expect(refused(timestamp, varchar)).toBe(true);
    expect(refused(timeOfDay, varchar)).toBe(true);
    expect(refused(date, timeOfDay)).toBe(true);
    expect(refused(number(20, 9), timestamp)).toBe(true);
    expect(refused(float, number(38, 10))).toBe(true);
    expect(refused(number(5), number(3), true)).toBe(true);
    expect(refused(varchar, date, true, '05-Mar-2016')).toBe(true);
    expect(refused(varchar, date, true, '31536000')).toBe(true);
    expect(refused(varchar, date, false, '31536000')).toBe(true);
    expect(refused(varchar, date, false, '2024-02-29')).toBe(false);
    expect(resolveCast(varchar, number(9), false)).toHaveProperty('mayRaise');
    expect(resolveCast(varchar, number(9), true)).toEqual({ nullable: true });
  });

  test('what Snowflake printed', () => {
    // gold:slt.cast.try_to_decimal.1, gold:doc.cast.bool_to_varchar
    expect(castValue('345.123', varchar, number(38), true)).toBe(345n);
    expect(castValue('345.123', varchar, number(10, 2), true)).toBe(34512n);
    expect(castValue('345.123', varchar, number(4, 2), true)).toBe(null);
    expect(castValue(false, boolean, varchar, false)).toBe('false');
    // gold:slt.datetime.to_timestamp.8
    for (const digits of ['31536000', '31536000000', '31536000000000', '31536000000000000']) {
      expect(castValue(digits, varchar, timestamp, false)).toBe(31_536_000_000_000n);
      expect(castValue(digits, varchar, date, false)).toBe(365n);
      expect(castValue(digits, varchar, timestamp, true)).toBe(null);
    }
  });
});
