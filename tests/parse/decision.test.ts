/** The lines on which another parser was turned down: docs/decisions/parser.md. */
import { expect, test } from 'vitest';
import { complaints, expressionOf, tree } from './show.ts';

test('AND binds tighter than OR', () => {
  expect(tree('SELECT 1 FROM t WHERE a = 1 OR b = 2 AND c = 3')).toBe('select 1 from=T where=(OR (= A 1) (AND (= B 2) (= C 3)))');
});

test('a path into VARIANT is never taken for a table', () => {
  expect(tree('SELECT payload:item.id::string FROM t')).toBe("select (cast GET(GET(PAYLOAD 'item') 'id') STRING) from=T");
  expect(tree('SELECT t.v:Item[0]."a B" FROM t')).toBe("select GET(GET(GET(T.V 'Item') 0) 'a B') from=T");
  expect(tree('SELECT a FROM t, LATERAL FLATTEN(INPUT => t.v:xs, OUTER => TRUE) AS f')).toBe(
    "select A from=T, flatten-outer(GET(T.V 'xs')):F",
  );
});

test('quoted and unquoted names stay apart', () => {
  expect(tree('SELECT user_id, "user_id" FROM t')).toBe('select USER_ID, "user_id" from=T');
});

test('numbers keep their digits', () => {
  expect(expressionOf('SELECT 0.1234567890123456789012')).toBe('0.1234567890123456789012');
});

test.for([
  'SUM(a) OVER (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)',
  "LISTAGG(a, ',') WITHIN GROUP (ORDER BY a)",
  'a IS DISTINCT FROM b',
  'LAST_VALUE(a IGNORE NULLS) OVER (ORDER BY b)',
  'COUNT(DISTINCT a, b)',
  'SUBSTRING(a FROM 1 FOR 2)',
])('%s is read', (sql) => {
  expect(complaints(`SELECT ${sql} FROM t`)).toEqual([]);
});

test('INTERSECT and EXCEPT are read', () => {
  expect(complaints('SELECT a FROM t INTERSECT SELECT a FROM u')).toEqual([]);
  expect(complaints('SELECT a FROM t EXCEPT SELECT a FROM u')).toEqual([]);
});
