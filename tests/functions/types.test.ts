/** Types that Snowflake gives, and what is refused before anything runs. */
import { describe, expect, test } from 'vitest';
import type { Arg, Signature } from '../../compiler/functions/define.ts';
import { findFunction } from '../../compiler/functions/index.ts';
import { boolean, date, float, number, type SqlType, timestamp, typeName, varchar } from '../../compiler/sql-type.ts';

const arg = (type: SqlType, more: Partial<Arg> = {}): Arg => ({ type, nullable: true, ...more });
const literal = (text: string): Arg => ({ type: varchar, nullable: false, literal: text });
const nonZero = { nonZero: true };

function signature(fn: string, ...args: Arg[]): Signature {
  const row = findFunction(fn);
  const outcome = row?.kind === 'aggregate' ? row.resolve(args, false) : row?.resolve(args);
  if (outcome === undefined || 'refused' in outcome) throw new Error(outcome?.message ?? `no row ${fn}`);
  return outcome;
}

const type = (fn: string, ...args: Arg[]): string => typeName(signature(fn, ...args).type);

function refusal(fn: string, ...args: Arg[]): string {
  const row = findFunction(fn);
  const outcome = row?.kind === 'aggregate' ? row.resolve(args, false) : row?.resolve(args);
  return outcome && 'refused' in outcome ? outcome.refused : 'accepted';
}

describe('numbers', () => {
  test.each([
    // docs:operators-arithmetic
    ['+', number(10, 2), number(5, 3), 'NUMBER(12,3)'],
    ['-', number(38), number(1), 'NUMBER(38,0)'],
    ['*', number(10, 2), number(5, 3), 'NUMBER(15,5)'],
    ['*', number(18, 10), number(18, 10), 'NUMBER(28,12)'],
    ['*', number(20, 13), number(5, 1), 'NUMBER(24,13)'],
    ['/', number(38), number(38), 'NUMBER(38,6)'],
    ['/', number(10, 7), number(5, 2), 'NUMBER(17,12)'],
    ['/', number(20, 13), number(5, 2), 'NUMBER(22,13)'],
    ['%', number(10, 2), number(5, 3), 'NUMBER(11,3)'],
    ['+', float, number(5, 3), 'FLOAT'],
  ] as const)('%s', (fn, a, b, expected) => {
    expect(type(fn, arg(a), arg(b, nonZero))).toBe(expected);
  });

  test('aggregates', () => {
    expect(type('COUNT')).toBe('NUMBER(18,0)');
    expect(type('SUM', arg(number(10, 2)))).toBe('NUMBER(38,2)');
    expect(['AVG', 'MEDIAN', 'VARIANCE', 'STDDEV'].map((fn) => type(fn, arg(number(10, 2))))).toEqual([
      'NUMBER(38,8)',
      'NUMBER(13,5)',
      'NUMBER(38,10)',
      'FLOAT',
    ]);
    expect(type('AVG', arg(number(20, 9)))).toBe('NUMBER(38,12)');
    expect(type('VARIANCE', arg(number(20, 5)))).toBe('NUMBER(38,12)');
    expect(type('RATIO_TO_REPORT', arg(number(10, 2)))).toBe('NUMBER(38,8)');
    const avg = findFunction('AVG');
    const over = avg?.kind === 'aggregate' ? avg.window?.resolve([arg(number(10, 2))]) : undefined;
    expect(over).toMatchObject({ type: number(38, 5) });
  });

  test('rounding narrows the scale', () => {
    const two = { type: number(1), nullable: false, literal: '2' };
    expect(type('ROUND', arg(number(10, 5)), two)).toBe('NUMBER(8,2)');
    expect(type('ROUND', arg(number(10, 1)), two)).toBe('NUMBER(11,1)');
    expect(type('CEIL', arg(number(10, 5)))).toBe('NUMBER(6,0)');
  });
});

describe('dates', () => {
  test('a DATE stays one until hours come in', () => {
    const amount = arg(number(9));
    expect(type('DATEADD', literal('day'), amount, arg(date))).toBe('DATE');
    expect(type('DATEADD', literal('hour'), amount, arg(date))).toBe('TIMESTAMP_NTZ');
    expect(type('DATE_TRUNC', literal('month'), arg(date))).toBe('DATE');
    expect(type('-', arg(date), arg(date))).toBe('NUMBER(9,0)');
  });
});

describe('refusals', () => {
  test('text is not a number, nor a number text', () => {
    expect(refusal('=', arg(varchar), arg(number(5)))).toBe('type-mismatch');
    expect(refusal('+', arg(varchar), arg(number(5)))).toBe('type-mismatch');
    expect(refusal('||', arg(varchar), arg(number(5)))).toBe('type-mismatch');
    expect(refusal('SUM', arg(varchar))).toBe('type-mismatch');
    expect(refusal('COALESCE', arg(varchar), arg(number(5)))).toBe('type-mismatch');
    expect(refusal('=', arg(timestamp), literal('2024-01-01 10:00:00'))).toBe('accepted');
    expect(refusal('=', arg(timestamp), literal('1 Jan 2024'))).toBe('type-mismatch');
  });

  test('what raises or is not settled', () => {
    expect(signature('/', arg(number(5)), arg(number(5))).mayRaise).toBeDefined();
    expect(signature('/', arg(number(5)), arg(number(5), nonZero)).mayRaise).toBeUndefined();
    expect(signature('DIV0', arg(number(5)), arg(number(5))).mayRaise).toBeUndefined();
    expect(signature('SQRT', arg(number(5))).mayRaise).toBeDefined();
    expect(refusal('%', arg(float), arg(float, nonZero))).toBe('type-mismatch');
    expect(refusal('ROUND', arg(float), { type: number(1), nullable: false, literal: '2' })).toBe('type-mismatch');
    expect(refusal('*', arg(number(38, 20)), arg(number(38, 20)))).toBe('type-mismatch');
    expect(refusal('TO_CHAR', arg(timestamp))).toBe('wrong-arguments');
    expect(refusal('LIKE', arg(varchar), arg(varchar))).toBe('wrong-arguments');
    expect(refusal('HOUR', arg({ kind: 'timestamp', zone: 'ltz' }))).toBe('type-mismatch');
    expect(refusal('DATE_TRUNC', literal('hour'), arg(date))).toBe('wrong-arguments');
    expect(refusal('COUNT_IF', arg(boolean), arg(boolean))).toBe('wrong-arguments');
  });
});
