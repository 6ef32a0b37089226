/** Conversions by name: which are casts, which may raise, and what is refused. */
import { describe, expect, test } from 'vitest';
import { check, text } from './checked.ts';

const codes = async (expression: string): Promise<readonly string[]> => {
  const { said } = await check(text(`SELECT k, ${expression} AS x FROM e GROUP BY k`));
  return said.filter((d) => d.severity === 'error').map((d) => d.code);
};

describe('in features', () => {
  test.each([
    'MAX(TRY_TO_DATE(s))',
    "MAX(TRY_TO_DATE(s, 'MM/DD/YYYY'))",
    "MAX(TO_DATE('05/10/2024', 'MM/DD/YYYY'))",
    "MAX(TO_DATE('05-Mar-2016'))",
    "MAX(TO_TIMESTAMP('2024-04-08T23:39:20.123-07:00'))",
    'MAX(TO_TIMESTAMP(n))',
    'MAX(TRY_TO_NUMBER(s, 10, 2))',
    "MAX(TRY_TO_DECIMAL(s, '$9,999.99', 6, 2))",
    'MAX(TRY_TO_DOUBLE(s))',
    'BOOLOR_AGG(TRY_TO_BOOLEAN(s))',
    'MAX(TRY_CAST(s AS VARCHAR(3)))',
    "MAX('n' || n || (n > 1))",
    'MAX(HOUR(at::TIME))',
    "MAX(CONVERT_TIMEZONE('UTC', 'Asia/Kolkata', at))",
    "MAX(TRUNC(at, 'month'))",
    'MAX(at::DATE::VARCHAR)',
  ])('%s is taken', async (expression) => {
    expect(await codes(expression)).toEqual([]);
  });

  test.each([
    ['MAX(TO_DATE(s))', 'may-raise'],
    ["MAX(TO_TIMESTAMP(s, 'MM/DD/YYYY'))", 'may-raise'],
    ['MAX(TO_NUMBER(s))', 'may-raise'],
    ["MAX(TO_NUMBER(s, '99.9'))", 'may-raise'],
    ['MAX(TO_BOOLEAN(s)::NUMBER)', 'may-raise'],
    ["MAX(DATEDIFF('day', s, at))", 'may-raise'],
    ["MAX(CONVERT_TIMEZONE('Europe/Warsaw', 'UTC', at))", 'may-raise'],
    ['MAX(MONTHS_BETWEEN(at, at))', 'may-raise'],
    ['MAX(TIME_FROM_PARTS(n, n, n))', 'may-raise'],
    ["MAX(TRY_TO_DATE('20240102'))", 'type-mismatch'],
    ["MAX(TRY_TO_DATE('5/1/2024', 'MM/DD/YYYY'))", 'type-mismatch'],
    ["MAX(DATEADD('day', 1, '2024-01-01'))", 'type-mismatch'],
    ["MAX(TRY_TO_DATE(s, 'YYYY-MM'))", 'wrong-arguments'],
    ["MAX(TO_CHAR(at, 'DD of MONTH'))", 'wrong-arguments'],
    ['MAX(TO_TIMESTAMP(n, 4))', 'wrong-arguments'],
    ["MAX(TRY_TO_NUMBER(s, 'S99'))", 'wrong-arguments'],
    ["MAX(NEXT_DAY(at, 'someday'))", 'wrong-arguments'],
    ["MAX(CONVERT_TIMEZONE('UTC', at))", 'wrong-arguments'],
    ["MAX(CONVERT_TIMEZONE('UTC', 'Nowhere/Here', at))", 'wrong-arguments'],
    ["MAX(DATE_TRUNC('day', at::TIME))", 'wrong-arguments'],
    ['MAX(s::VARCHAR(3))', 'sql-unsupported'],
    ['MAX(at::TIME)', 'output-type'],
    ['MAX(TRY_DATE(s))', 'unknown-function'],
  ])('%s is refused: %s', async (expression, code) => {
    expect(await codes(expression)).toEqual([code]);
  });
});
