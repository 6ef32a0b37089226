/** Every diagnostic there is, by a feature that draws it: a code that nothing emits cannot be listed here. */
import { expect, test } from 'vitest';
import { type DiagnosticCode, diagnosticCodes } from '../../compiler/codes.ts';
import { check, text } from './checked.ts';

interface Case {
  readonly feature: string;
  readonly shared?: Readonly<Record<string, string>>;
  /** Part of the hint; null where there is none. */
  readonly hint: string | null;
}

const grouped = (items: string): string => `SELECT k, ${items} FROM e GROUP BY k`;

/** What only a run or a profile finds is drawn in tests/cli/check-run.test.ts and tests/profile/budgets.test.ts. */
const byRunning = [
  'forms-differ',
  'nothing-tested',
  'latency-over-budget',
  'latency-not-measured',
] as const satisfies readonly DiagnosticCode[];

const cases: Readonly<Record<Exclude<DiagnosticCode, (typeof byRunning)[number]>, Case>> = {
  'yaml-invalid': { feature: '/*---\nentity: [\n«---*/\nSELECT k FROM e', hint: null },
  'config-invalid': { feature: text(grouped('COUNT(*) AS c'), 'entity: k\n«evry»: 1 hour'), hint: 'did you mean `every`?' },
  'header-missing': { feature: `«${grouped('COUNT(*) AS c')}»`, hint: 'begin the file with /*---' },
  'name-taken': { feature: text('SELECT e.k, COUNT(*) AS c FROM «e CROSS JOIN e» GROUP BY e.k'), hint: 'give one an alias' },
  'file-not-text': { feature: text('SELECT k«\0FROM e'), hint: null },
  'template-invalid': { feature: text(`SELECT k, {{«window»}} FROM e`), hint: null },
  'template-jinja': { feature: text("SELECT k FROM «{{ ref('e') }}"), hint: 'name sources in FROM as they stand in sources.yml' },
  'template-cycle': { feature: text('SELECT k FROM {{> a}}'), shared: { a: '{{> b}}', b: '{{> a}}' }, hint: null },
  'sql-syntax': { feature: text('SELECT k«, FROM e'), hint: null },
  'sql-too-complex': { feature: text(`SELECT k, ${'('.repeat(500)}1${')'.repeat(500)} AS c FROM e`), hint: 'move inner parts to CTEs' },
  'sql-unsupported': { feature: text("SELECT k, «s COLLATE 'en' AS c FROM e"), hint: null },
  'unknown-source': { feature: text('SELECT k, COUNT(*) AS c FROM «ee» GROUP BY k'), hint: 'did you mean `e`' },
  'unknown-column': { feature: text(grouped('COUNT(«nn») AS c')), hint: 'did you mean' },
  'ambiguous-column': {
    feature: text('SELECT e.k, COUNT(«k») AS c FROM e JOIN o ON o.oid = e.id GROUP BY e.k'),
    hint: 'write `e.k` or `o.k`',
  },
  'duplicate-column': { feature: text(grouped('COUNT(*) AS c, SUM(n) AS «c»')), hint: 'another alias' },
  'unknown-function': { feature: text(grouped('«LENGHT(MAX(s))» AS c')), hint: 'did you mean `LENGTH`' },
  'wrong-arguments': { feature: text(grouped('«LENGTH(MAX(s), 1)» AS c')), hint: null },
  'type-mismatch': { feature: text('SELECT k, COUNT(*) AS c FROM e WHERE «n» GROUP BY k'), hint: 'compare it: … <> 0' },
  'aggregate-misplaced': { feature: text('SELECT k, COUNT(*) AS c FROM e WHERE «SUM(n)» > 1 GROUP BY k'), hint: 'use HAVING' },
  'total-of-none': { feature: text('SELECT k, COUNT(*) AS c FROM e GROUP BY ROLLUP («k»)'), hint: 'UNION ALL a SELECT without GROUP BY' },
  'not-grouped': { feature: text(grouped('«n» AS c')), hint: 'add it to GROUP BY, or aggregate it' },
  'qualify-without-window': { feature: text('SELECT k, n FROM e QUALIFY «n = 1»'), hint: 'use WHERE or HAVING' },
  'entity-missing': { feature: text('SELECT s, COUNT(*) AS total FROM e GROUP BY s', 'entity: «k»'), hint: 'did you mean `s`?' },
  'not-unique': { feature: text('«SELECT k, n FROM e»'), hint: 'QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY …) = 1' },
  'may-raise': { feature: text(grouped('«SUM(n) / SUM(m)» AS c')), hint: 'NULLIF' },
  'ties-undecided': {
    feature: text('SELECT e.k, «FIRST_VALUE(o.x) OVER (PARTITION BY e.k ORDER BY o.x)» AS c FROM e JOIN o ON o.k = e.k'),
    hint: 'add e.id, e.at, o.oid, o.ot to the ORDER BY',
  },
  'frame-missing': {
    feature: text('SELECT k, AVG(n) OVER «(PARTITION BY k ORDER BY at)» AS c FROM e'),
    hint: 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW',
  },
  'not-deterministic': { feature: text(grouped('«ANY_VALUE»(n) AS c')), hint: null },
  'order-at-top': { feature: text(`${grouped('COUNT(*) AS c')} ORDER BY «c»`), hint: 'QUALIFY ROW_NUMBER()' },
  'time-bound-misplaced': {
    feature: text("SELECT e.k, COUNT(o.oid) AS c FROM e LEFT JOIN o ON o.k = e.k WHERE «o.ot >= as_of() - INTERVAL '1 day'» GROUP BY e.k"),
    hint: 'move it into the ON of the join',
  },
  'float-taint': { feature: text(grouped('IFF(«SUM(f)» > 1, 1, 0) AS c')), hint: 'cast each value before aggregating' },
  'current-time': { feature: text('SELECT k, COUNT_IF(at > «CURRENT_DATE») AS c FROM e GROUP BY k'), hint: 'write as_of()::DATE' },
  'join-without-condition': { feature: text('SELECT e.k, COUNT(*) AS c FROM e JOIN «o» GROUP BY e.k'), hint: 'CROSS JOIN' },
  'table-at-request': { feature: text('SELECT e.k, COUNT(t.c) AS c FROM e JOIN «t» ON t.k = e.k GROUP BY e.k'), hint: 'join `t_history`' },
  'outer-column': {
    feature: text('SELECT k, COUNT(*) AS c FROM e WHERE n NOT IN (SELECT «n» FROM o) GROUP BY k'),
    hint: 'if that is meant, write e.n',
  },
  'count-through-join': {
    feature: text('WITH a AS (SELECT k, COUNT(*) AS c FROM e GROUP BY k) SELECT t.k, «a.c» FROM t LEFT JOIN a ON a.k = t.k'),
    hint: 'defaults: {c: 0}',
  },
  'fan-out': {
    feature: text('SELECT e.k, «SUM(e.n)» AS c FROM e JOIN o ON o.k = e.k GROUP BY e.k'),
    hint: 'aggregate in a CTE before the join',
  },
  'looks-ahead': {
    feature: text(
      'WITH w AS (SELECT k, SUM(n) OVER (PARTITION BY k ORDER BY at «ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING») AS s FROM e) SELECT k, MAX(s) AS c FROM w GROUP BY k',
    ),
    hint: 'end the frame at CURRENT ROW',
  },
  'unbounded-lookback': { feature: text('SELECT «k», COUNT(*) AS c FROM e GROUP BY k'), hint: "at >= as_of() - INTERVAL '30 days'" },
  'always-null': { feature: text(grouped('COUNT(*) AS n, «NULL»::DATE AS c')), hint: 'leave it out' },
  unused: { feature: text(grouped('COUNT(*) AS c')), shared: { a: 'SELECT 1' }, hint: 'remove it' },
  'output-type': { feature: text(grouped('NULL AS «c»')), hint: 'cast it: NULL::NUMBER(38,0)' },
  'example-failed': {
    feature: text(grouped('COUNT(*) AS c'), 'entity: k\nexamples:\n  - «events: {}\n    as_of: 2026-01-01\n    expect: { k: a, c: 1 }'),
    hint: null,
  },
  'masking-undecided': {
    feature: text('SELECT k, «LENGTH(p)» AS c FROM t'),
    hint: 'make it of columns with one policy and its type',
  },
  'past-deprecation': {
    feature: text(grouped('COUNT(*) AS c'), 'entity: k\nstatus: deprecated\ndeprecation_date: «2020-03-01»'),
    hint: 'remove its file, or name a later day',
  },
  'reserved-name': { feature: text(grouped('COUNT(*) AS «as_of»')), hint: null },
};

test('there is a feature for every code', () => {
  expect([...Object.keys(cases), ...byRunning].sort()).toEqual(Object.keys(diagnosticCodes).sort());
});

test.for(Object.entries(cases))('%s', async ([code, { feature, shared, hint }]) => {
  const { said, from, to } = await check(feature, shared, { 'unbounded-lookback': 'note' });
  const found = said.filter((d) => d.code === code);
  expect(
    found.map((d) => d.code),
    JSON.stringify(said),
  ).toEqual([code]);
  const [diagnostic] = found;
  if (from !== undefined) expect(diagnostic?.from).toBe(from);
  if (to !== undefined) expect(diagnostic?.to).toBe(to);
  if (hint === null) expect(diagnostic?.hint).toBeUndefined();
  else expect(diagnostic?.hint).toContain(hint);
  // Nothing else is wrong with these features, so nothing else is said.
  expect(said.filter((d) => d.severity === 'error' && d.code !== code)).toEqual([]);
});
