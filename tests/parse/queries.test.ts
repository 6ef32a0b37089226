import { expect, test } from 'vitest';
import { tree } from './show.ts';

const cases: readonly (readonly [sql: string, tree: string])[] = [
  ['SELECT a AS x, b y, "q" AS "Q" FROM t', 'select A:X, B:Y, "q":"Q" from=T'],
  ['SELECT DISTINCT a FROM db.s.t AS x', 'select-distinct A from=DB.S.T:X'],
  ['SELECT *, t.* FROM t', 'select *, T.* from=T'],
  ['SELECT 1', 'select 1'],
  ['SELECT 1;', 'select 1'],
  ['SELECT a FROM t, u x', 'select A from=T, U:X'],
  ['SELECT a FROM t JOIN u ON t.k = u.k', 'select A from=(inner T U on=(= T.K U.K))'],
  ['SELECT a FROM t INNER JOIN u USING (k, l)', 'select A from=(inner T U using=K,L)'],
  ['SELECT a FROM t LEFT JOIN u ON b RIGHT OUTER JOIN v ON c', 'select A from=(right (left T U on=B) V on=C)'],
  ['SELECT a FROM t FULL JOIN u ON b CROSS JOIN v', 'select A from=(cross (full T U on=B) V)'],
  ['SELECT a FROM (t JOIN u ON b)', 'select A from=(inner T U on=B)'],
  ['SELECT a FROM (SELECT 1 AS a) AS d', 'select A from={select 1:A}:D'],
  ['SELECT a FROM t, LATERAL (SELECT b FROM u) AS d', 'select A from=T, lateral {select B from=U}:D'],
  ['SELECT a FROM t LEFT JOIN LATERAL (SELECT 1) ON TRUE', 'select A from=(left T lateral {select 1} on=true)'],
  ['SELECT a FROM t WHERE b GROUP BY a, 2 HAVING c QUALIFY d', 'select A from=T where=B group=A 2 having=C qualify=D'],
  ['SELECT a FROM t GROUP BY ROLLUP (a, (b, c))', 'select A from=T group=A B C sets=[[0,1,2],[0],[]]'],
  ['SELECT a FROM t GROUP BY a, CUBE (b, c)', 'select A from=T group=A B C sets=[[0,1,2],[0,2],[0,1],[0]]'],
  ['SELECT a FROM t GROUP BY GROUPING SETS ((a, b), c, ()), d', 'select A from=T group=A B C D sets=[[0,1,3],[2,3],[3]]'],
  ['SELECT a FROM t GROUP BY ALL', 'select A from=T group=all'],
  ['SELECT a FROM t ORDER BY a DESC, b NULLS LAST LIMIT 3', 'select A from=T order=A desc, B nulls-last limit=3'],
  ['SELECT a FROM t ORDER BY ALL', 'select A from=T order=all'],
  ['SELECT a FROM t ORDER BY all DESC NULLS LAST LIMIT 3', 'select A from=T order=all desc nulls-last limit=3'],
  ['SELECT a FROM t ORDER BY "ALL"', 'select A from=T order="ALL"'],
  ['SELECT a FROM t LIMIT 3 OFFSET 2', 'select A from=T limit=3 offset=2'],
  ["SELECT * FROM VALUES (1, 'a'), (2, 'b')", "select * from={(UNION-all select 1:COLUMN1, 'a':COLUMN2 select 2:COLUMN1, 'b':COLUMN2)}"],
  ['SELECT * FROM (VALUES (1)) AS t (x)', 'select * from={select 1:X}:T'],
  ['SELECT * FROM (SELECT a, 1 FROM s) AS t (x, y)', 'select * from={select A:X, EXPRESSION_2:Y from={select A, 1 from=S}:T}:T'],
  [
    "SELECT * FROM t PIVOT (SUM(a) FOR b IN ('x', 'y' AS z, 3 AS three) DEFAULT ON NULL (0)) AS p (k, l)",
    "select * from=(pivot T SUM(A) by=B 'x':\"'x'\", 'y':Z, 3:THREE default=0):P(K, L)",
  ],
  [
    'SELECT * FROM (SELECT a FROM t) AS s PIVOT (MAX(a) FOR b IN (TRUE AS t)), u',
    'select * from=(pivot {select A from=T}:S MAX(A) by=B true:T), U',
  ],
  ['SELECT * FROM t UNPIVOT (v FOR n IN (a, b)) AS u', 'select * from=(unpivot T V by=N A, B):U'],
  ['SELECT * FROM t UNPIVOT INCLUDE NULLS (v FOR n IN (a, b))', 'select * from=(unpivot-all T V by=N A, B)'],
  [
    'SELECT * FROM VALUES (1.50, 3.00), (-2.50, 4)',
    'select * from={(UNION-all select 1.50:COLUMN1, 3.00:COLUMN2 select (- 2.50):COLUMN1, 4:COLUMN2)}',
  ],
  ['SELECT TOP 3 a FROM t', 'select A from=T limit=3'],
  ['SELECT a FROM t FETCH FIRST 3 ROWS ONLY', 'select A from=T limit=3'],
  [
    'WITH c AS (SELECT 1), d (x, y) AS (SELECT 2, 3) SELECT * FROM c',
    'with C={select 1} D={select EXPRESSION_1:X, EXPRESSION_2:Y from={select 2, 3}:D} select * from=C',
  ],
  ['SELECT 1 UNION SELECT 2', '(UNION select 1 select 2)'],
  ['SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3', '(UNION-all (UNION-all select 1 select 2) select 3)'],
  ['SELECT 1 EXCEPT SELECT 2', '(EXCEPT select 1 select 2)'],
  ['SELECT 1 MINUS SELECT 2', '(EXCEPT select 1 select 2)'],
  ['SELECT 1 INTERSECT SELECT 2', '(INTERSECT select 1 select 2)'],
  ['SELECT 1 UNION (SELECT 2 INTERSECT SELECT 3)', '(UNION select 1 {(INTERSECT select 2 select 3)})'],
  ['(SELECT 1) UNION ALL (SELECT 2 ORDER BY 1)', '(UNION-all {select 1} {select 2 order=1})'],
  ['SELECT a -- a comment\nFROM t // another\nWHERE /* and a third */ b', 'select A from=T where=B'],
];

test.for(cases)('%s', ([sql, expected]) => {
  expect(tree(sql)).toBe(expected);
});

test('every place of a tree lies inside its text', async () => {
  const { parse } = await import('./show.ts');
  for (const [sql] of cases) {
    JSON.stringify(parse(sql).value, (key, value) => {
      if (key === 'span') {
        expect(value.start, sql).toBeLessThan(value.end);
        expect(value.end, sql).toBeLessThanOrEqual(sql.length);
      }
      return value;
    });
  }
});
