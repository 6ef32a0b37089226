/** What Snowflake's driver reads, by hand: a value is exact or it is refused. */
import { expect, test } from 'vitest';
import type { SqlType } from '../../compiler/sql-type.ts';
import { fromDriver, typedSql } from '../../runners/engines/snowflake/values.ts';

const variant: SqlType = { kind: 'variant' };
const numbers = (precision: number, scale: number): SqlType => ({ kind: 'array', of: { kind: 'number', precision, scale } });

test.each<[string, unknown, SqlType, unknown]>([
  ['a document in its one form', '{"b": 1.50, "a": [true, null]}', variant, '{"a":[true,null],"b":1.5}'],
  ['a number that a double does not keep', '{"a":12345678901234567890}', variant, undefined],
  ['an array of wide numbers', '[12345678901234567890, null, -7]', numbers(38, 0), [12_345_678_901_234_567_890n, null, -7n]],
  ['an array of decimals', '[0.1234567890123456789, 1.5]', numbers(38, 19), [1_234_567_890_123_456_789n, 15_000_000_000_000_000_000n]],
  ['an array of decimals that the type does not hold', '[0.123]', numbers(4, 2), undefined],
  ['more digits than the scale', '1.505', { kind: 'number', precision: 4, scale: 2 }, undefined],
  ['zeros behind the scale', '1.500', { kind: 'number', precision: 4, scale: 2 }, 150n],
  ['no float', '', { kind: 'float' }, undefined],
])('%s', (_, given, type, value) => {
  expect(fromDriver(given, type)).toEqual(value);
});

test('an array is not cast from a text', () => {
  expect(() => typedSql('x', numbers(38, 0), () => 'ARRAY')).toThrow('arrays are not loaded');
});
