import { expect, test } from 'vitest';
import { complaints, tree } from './show.ts';

const repeat = (text: string, count: number, between: string): string => Array.from({ length: count }, () => text).join(between);

function stillWorks(): void {
  expect(tree('SELECT a FROM t')).toBe('select A from=T');
}

test('a chain of 400 operators is parsed', () => {
  expect(complaints(`SELECT ${repeat('a', 400, ' + ')} FROM t`)).toEqual([]);
});

test.for([401, 1_000, 5_000, 50_000])('a chain of %i operators is refused at the one too many', (count) => {
  const sql = `SELECT ${repeat('a', count + 1, ' + ')} FROM t`;
  expect(complaints(sql)).toEqual([`sql-too-complex 1:${7 + 400 * 4 + 3} +`]);
  stillWorks();
});

test('operators in texts and comments do not count', () => {
  expect(complaints(`SELECT '${repeat('a', 5_000, ' + ')}' /* ${repeat('a', 5_000, ' + ')} */ FROM t`)).toEqual([]);
});

test.for([
  ['parentheses', '(', 'a', ')'],
  ['calls', 'f(', 'a', ')'],
  ['CASE', 'CASE WHEN b THEN ', 'a', ' END'],
  ['subqueries', '(SELECT ', 'a', ')'],
  ['minus', '- ', 'a', ''],
  ['NOT', 'NOT ', 'a', ''],
] as const)('deep nesting of %s ends in a diagnostic, and the parser goes on', ([, open, inner, close]) => {
  for (const depth of [60, 390, 3_000, 30_000]) {
    const sql = `SELECT ${open.repeat(depth)}${inner}${close.repeat(depth)} FROM t`;
    expect(complaints(sql)[0]).toMatch(/^sql-too-complex /);
    stillWorks();
  }
});

test.for([
  ['a long IN list', `SELECT a IN (${repeat('1', 3_000, ', ')}) FROM t`],
  ['a long select list', `SELECT ${repeat('a', 3_000, ', ')} FROM t`],
  ['a long CASE', `SELECT CASE ${repeat('WHEN a THEN b', 1_000, ' ')} END FROM t`],
] as const)('%s is parsed', ([, sql]) => {
  expect(complaints(sql)).toEqual([]);
});

test('nesting of 20 is parsed', () => {
  expect(complaints(`SELECT ${'('.repeat(20)}a${')'.repeat(20)} FROM t`)).toEqual([]);
});

test.for([
  ['CASE WHEN b THEN ', ' END'],
  ['CAST(', ' AS INT)'],
  ["POSITION('x', ", ')'],
  ['INTERVAL (', ')'],
  ['SUBSTRING(', ', 1)'],
  ['CEIL(', ')'],
  ['(SELECT * FROM (', ') x)'],
] as const)('a mistake inside nested %s is found in a moment, or refused', { timeout: 60_000 }, ([open, close]) => {
  for (let depth = 1; depth <= 45; depth++) {
    const started = performance.now();
    expect(complaints(`SELECT ${open.repeat(depth)}a b c${close.repeat(depth)} FROM t`).length).toBeGreaterThan(0);
    expect(performance.now() - started).toBeLessThan(3_000);
  }
});

// Of a million spoilt inputs the two that took longer than a second.
test.for([18, 17])('SUBSTRING %i levels deep, each left open, is refused rather than read for a second', (depth) => {
  const sql = `SELECT ${'SUBSTRING('.repeat(depth)}f(a, b, c) FROM t`;
  expect(complaints(sql)[0]).toMatch(/^sql-too-complex /);
});

test('SUBSTRING 14 levels deep is read', () => {
  expect(complaints(`SELECT ${'SUBSTRING('.repeat(14)}a${', 1)'.repeat(14)} FROM t`)).toEqual([]);
});
