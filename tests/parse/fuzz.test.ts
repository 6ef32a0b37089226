import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scan } from '../../compiler/parse/scan.ts';
import { parse } from './show.ts';

const statement = `WITH c (x, y) AS (SELECT a, COUNT(DISTINCT b) FROM t WHERE a >= as_of() - INTERVAL '20 minutes' AND b NOT IN (1, 'x') GROUP BY a)
SELECT t.*, CASE WHEN x IS NOT NULL THEN CAST(y AS NUMBER(10, 2)) ELSE -1.5::FLOAT END AS "Z", SUM(y) OVER (PARTITION BY x ORDER BY y DESC NULLS LAST ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
EXTRACT(HOUR FROM d), TRIM(s), LISTAGG(s, ',') WITHIN GROUP (ORDER BY s), EXISTS (SELECT 1), x BETWEEN 1 AND 2 OR NOT s LIKE 'é🙂%' ESCAPE '!', DATE '2020-01-01', POSITION('a' IN s), CEIL(x)
FROM c AS t LEFT JOIN (SELECT 1 AS k UNION ALL SELECT 2) u ON t.x = u.k CROSS JOIN v HAVING x QUALIFY ROW_NUMBER() OVER (ORDER BY x) = 1 ORDER BY 1 LIMIT 3`;
const tokens = scan(statement).tokens.map(({ text }) => text);
const edit = fc.record({
  at: fc.nat(tokens.length - 1),
  with: fc.nat(tokens.length - 1),
  how: fc.constantFrom('drop', 'double', 'swap', 'replace'),
});

test('a spoilt statement gives a tree or diagnostics with places, never an exception', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
      const spoilt = [...tokens];
      for (const { at, with: other, how } of edits) {
        const [one, two] = [spoilt[at] ?? '', spoilt[other] ?? ''];
        if (how === 'drop') spoilt.splice(at, 1);
        else if (how === 'double') spoilt.splice(at, 0, one);
        else spoilt[at] = two;
        if (how === 'swap') spoilt[other] = one;
      }
      const sql = spoilt.join(' ');
      const { value, diagnostics } = parse(sql);
      expect(value !== undefined || diagnostics.length > 0).toBe(true);
      for (const { span } of diagnostics) {
        expect(span.file).toBe('f.sql');
        expect(span.start).toBeLessThanOrEqual(span.end);
        expect(span.end).toBeLessThanOrEqual(sql.length);
      }
    }),
    { numRuns: 2_000, seed: 7 },
  );
});

test('the statement itself is right', () => {
  expect(parse(statement).diagnostics).toEqual([]);
});
