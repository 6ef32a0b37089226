/** parity --lambda-sql and --batch-table: what is refused, and how SQL that was written by hand is told what is wrong with it. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Files, lockstep } from '../support/cli.ts';
import { event, project, sources } from './viewers.ts';

const sql = `WITH asked AS (
  SELECT
    generate_subscripts(CAST($as_of AS TIMESTAMP[]), 1) AS ordinal,
    unnest(CAST($stream_id AS VARCHAR[])) AS stream_id,
    unnest(CAST($as_of AS TIMESTAMP[])) AS as_of
)
SELECT a.as_of, count(v.view_id) AS views, sum(v.price) AS paid, 'more' AS further, a.stream_id, a.ordinal
FROM asked AS a
LEFT JOIN views AS v ON v.stream_id = a.stream_id AND v.viewed_at < a.as_of AND v.viewed_at >= a.as_of - INTERVAL 1 HOUR
GROUP BY ALL
`;
const table = `stream_id,as_of,views,paid
s1,2026-01-01T12:00:00,2,5.00
s2,2026-01-01T12:00:00,1,2.50
`;
const files: Files = {
  'events/views.ndjson': [{}, { view_id: 'v2', user_id: 'u2' }, { view_id: 'v3', stream_id: 's2' }].map((row) => event(row)).join(''),
  'by-hand.sql': sql,
  'by-hand.csv': table,
};

async function compared(options: readonly string[], more: Files = {}) {
  const folder = await project({ ...files, ...more });
  const argv = options.map((o) => (o.includes('.') && !o.startsWith('--') ? `${folder}/${o}` : o));
  const ran = await lockstep('parity', '--project', folder, '--events', `${folder}/events`, ...argv);
  return { ...ran, folder };
}
const only = ['--feature', 'viewers'];
const withSql = (text: string, ...more: readonly string[]) =>
  compared([...only, '--lambda-sql', 'by-hand.sql', ...more], { 'by-hand.sql': text });
const json = ({ out }: { readonly out: string }) => JSON.parse(out).features[0];

test('columns by their names, in any order, and others beside them: PROVEN', async () => {
  const ran = await compared([...only, '--lambda-sql', 'by-hand.sql', '--batch-table', 'by-hand.csv', '--format', 'json']);
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  expect({ code: ran.code, ...json(ran) }).toMatchObject({
    code: 0,
    verdict: 'PROVEN',
    samples: 3,
    lambda: 'foreign',
    lambdaVersion: `foreign:${hash(sql).slice(0, 12)}`,
    batchVersion: `foreign:${hash(table).slice(0, 12)}`,
    artifacts: [
      { kind: 'lambda', sha256: hash(sql) },
      { kind: 'batch_table', sha256: hash(table) },
    ],
  });
  expect(JSON.parse(ran.out).run).toMatchObject({ batchEngine: 'table', streamEngine: expect.stringMatching(/^duckdb/) });
});

describe('what does not go together', () => {
  test.each([
    ['a lambda without a feature', ['--lambda-sql', 'by-hand.sql'], /^error: --lambda-sql is of one feature: name it with --feature\n/],
    ['a table without a feature', ['--batch-table', 'by-hand.csv'], /^error: --batch-table is of one feature: name it with --feature\n/],
    ['two features', ['--feature', 'viewers', 'viewers', '--lambda-sql', 'by-hand.sql'], /is of one feature/],
    ['two lambdas', [...only, '--lambda-sql', 'by-hand.sql', '--artifacts', 'a.b'], /--artifacts has lambdas that Lockstep compiled/],
    [
      'a lambda and the reference',
      [...only, '--lambda-sql', 'by-hand.sql', '--stream-engine', 'reference'],
      /--lambda-sql is for a lambda that is executed/,
    ],
    [
      'a lambda and a log',
      [...only, '--lambda-sql', 'by-hand.sql', '--mode', 'served', '--served-log', 'l.ndjson'],
      /--lambda-sql is not for --mode served/,
    ],
    [
      'a table and an engine',
      [...only, '--batch-table', 'by-hand.csv', '--batch-engine', 'postgres'],
      /--batch-engine is for a batch form that is asked/,
    ],
  ] as const)('%s', async (_, options, message) => {
    const { code, out, err } = await compared(options);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });
});

const spoilt: readonly (readonly [what: string, text: string, message: RegExp, hint: RegExp])[] = [
  [
    'a column that is not there',
    sql.replace('AS paid', 'AS payed'),
    /by-hand\.sql: there is no column paid\n/,
    /it must return ordinal, stream_id, as_of, views, paid; further/,
  ],
  [
    'two at once',
    sql.replace('AS paid', 'AS payed').replace('a.ordinal\n', 'a.ordinal AS n\n'),
    /there is no column ordinal; there is no column paid\n/,
    /it must return/,
  ],
  [
    'another type',
    sql.replace('sum(v.price)', 'sum(v.price::DOUBLE)'),
    /by-hand\.sql: paid is DOUBLE where the feature has NUMBER\(38,2\)\n/,
    /CAST\(… AS DECIMAL\(38, 2\)\) AS paid\n/,
  ],
  [
    'another scale',
    sql.replace('sum(v.price)', 'sum(v.price)::DECIMAL(38,1)'),
    /paid is DECIMAL\(38,1\) where the feature has NUMBER\(38,2\)\n/,
    /CAST/,
  ],
  ['a text for a number', sql.replace('count(v.view_id) AS', "'1' AS"), /views is VARCHAR where the feature has NUMBER\(18,0\)\n/, /CAST/],
  [
    'SQL that the engine does not take',
    sql.replace('v.price', 'v.prize'),
    /by-hand\.sql: duckdb refuses this SQL: Binder Error: [^]*prize[^]*LINE 7: /,
    /over the tables that the feature reads \(views\), with the lists \$stream_id, \$as_of\n/,
  ],
  [
    'a table of another feature',
    sql.replace('JOIN views', 'JOIN bids'),
    /Catalog Error: Table with name bids does not exist![^]*LINE 9: /,
    /\(views\)/,
  ],
  ['a parameter that nobody gives', sql.replace("'more'", '$more'), /parameters: more\n/, /with the lists \$stream_id, \$as_of\n/],
  [
    'a parameter that it ignores',
    sql.replace('CAST($stream_id AS VARCHAR[])', "['s1']"),
    /by-hand\.sql does not use \$stream_id\n/,
    /lists of equal length: \$stream_id, \$as_of\n/,
  ],
  [
    'no query',
    'DELETE FROM views WHERE stream_id = $stream_id[1] OR viewed_at = $as_of[1]',
    /by-hand\.sql is not one SELECT\n/,
    /write one SELECT/,
  ],
  ['two statements', `SELECT 1;\n${sql}`, /Cannot prepare multiple statements/, /one SELECT/],
  ['nothing', '', /by-hand\.sql: duckdb refuses this SQL: /, /one SELECT/],
];

test.each(spoilt)('%s: the file, the engine’s words, a hint, and exit 2', async (_, text, message, hint) => {
  const { code, out, err } = await withSql(text);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
  expect(err).toMatch(new RegExp(`\\nhint: .*${hint.source}`));
  expect(err).not.toContain('bug in Lockstep');
});

test('an end with a semicolon and a comment is an end', async () => {
  expect((await withSql(`${sql.trimEnd()}; -- so far\n\n-- and no further`)).code).toBe(0);
});

test('no file', async () => {
  const { code, err } = await compared([...only, '--lambda-sql', 'nothing.sql']);
  expect(code).toBe(2);
  expect(err).toMatch(/nothing\.sql: there is no such file/);
});

const failing = sql.replace('count(v.view_id)', 'max(CAST(v.user_id AS INTEGER))');

test('SQL that fails on the rows: the file, the line, and where rows are personal no word of them', async () => {
  const ran = await withSql(failing);
  expect(ran).toMatchObject({ code: 2, out: '' });
  expect(ran.err).toMatch(
    /^error: viewers: duckdb, on \S*by-hand\.sql, failed: Conversion Error: .*'u\d'[^]*LINE 7: [^]*\nhint: .*TRY_CAST/,
  );
  const personal = {
    'by-hand.sql': failing,
    'transforms/sources.yml': sources.replace('user_id: VARCHAR', 'user_id: { type: VARCHAR, pii: true }'),
  };
  const hidden = await compared([...only, '--lambda-sql', 'by-hand.sql'], personal);
  expect(hidden.err).toMatch(
    /^error: viewers: duckdb, on \S*by-hand\.sql, failed, in words that may hold personal values: --raw shows them\nhint: /,
  );
  expect(hidden.err).not.toContain('u1');
});

test.each([
  [
    'counts its rows itself',
    `SELECT * REPLACE (row_number() OVER (ORDER BY stream_id DESC) AS ordinal) FROM (${sql})`,
    /with the entity or the instant of another\nhint: hand ordinal/,
  ],
  [
    'answers twice',
    `${sql}UNION ALL SELECT as_of, 0, 0.00::DECIMAL(38, 2), 'x', stream_id, ordinal FROM asked`,
    /answers row 1 of the \d+ asked twice\nhint: each row that is asked has one answer/,
  ],
])('a lambda that %s', async (_, text, message) => {
  const { code, out, err } = await withSql(text);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});

test('a lambda that leaves rows out where nothing happened says NULL for zero; elsewhere nothing explains it', async () => {
  const silent = await withSql(sql.replace('LEFT JOIN', 'JOIN'), '--format', 'json');
  expect({ code: silent.code, causes: Object.keys(json(silent).causes) }).toEqual({ code: 1, causes: ['empty_default'] });
  expect(json(silent).outcomes.missing_stream).toBeGreaterThan(0);
  const some = json(await withSql(sql.replace('GROUP BY', "WHERE a.stream_id <> 's2' GROUP BY"), '--format', 'json'));
  expect(some).toMatchObject({ verdict: 'VIOLATED', causes: { unknown: some.mismatches } });
  expect(some.differences[0]).toMatchObject({
    key: { stream_id: 's2' },
    outcome: 'missing_stream',
    proof: 'SQL that Lockstep did not compile gives no answer here',
  });
});

test('what no known way of computing explains is unknown: nobody changed it, and no engine is at fault', async () => {
  const ran = await withSql(
    sql.replace('count(v.view_id)', 'count(v.view_id) * 3'),
    '--format',
    'json',
    '--mode',
    'replay',
    '--target',
    '90%',
  );
  const report = json(ran);
  expect({ code: ran.code, verdict: report.verdict, causes: Object.keys(report.causes) }).toEqual({
    code: 1,
    verdict: 'VIOLATED',
    causes: ['unknown'],
  });
  expect(report.differences[0].proof).toMatch(/^SQL that Lockstep did not compile, given what the reference was given/);
  const shown = report.differences.find((d: { witness: object | null }) => d.witness !== null);
  expect(shown.witness).toMatchObject({ batch: { views: '1' }, stream: { views: '3' } });
});

test('what would spoil the answers about others is no way in which one table was computed', async () => {
  const at = (stream_id: string, time: string) => event({ view_id: `${stream_id} ${time}`, stream_id, viewed_at: `2026-01-01T${time}` });
  const events = [at('s1', '11:50:00'), at('s1', '12:00:00'), at('s2', '11:50:00'), at('s2', '12:00:00.5'), at('s3', '11:50:00')];
  // The first row has the event at its instant, as if the clock were a second off, which the second row denies; nothing explains the third.
  const wrong = [
    'stream_id,as_of,views,paid',
    's1,2026-01-01T12:00:00,2,5.00',
    's2,2026-01-01T12:00:00,1,2.50',
    's3,2026-01-01T12:00:00,41,2.50',
  ];
  const options = [...only, '--batch-table', 'by-hand.csv', '--format', 'json'];
  const ran = await compared(options, { 'events/views.ndjson': events.join(''), 'by-hand.csv': `${wrong.join('\n')}\n` });
  expect(json(ran).causes).toEqual({ boundary: 1, unknown: 1 });
});

test('what compile wrote and somebody changed stays what it was: tampered', async () => {
  const folder = await project(files);
  await lockstep('compile', '--project', folder);
  const file = `${folder}/build/lambdas/viewers.sql`;
  await writeFile(file, (await readFile(file, 'utf8')).replace('COUNT(*)', 'COUNT(*) + 1'));
  const argv = ['--events', `${folder}/events`, ...only, '--artifacts', `${folder}/build`, '--batch-table', `${folder}/by-hand.csv`];
  const report = json(await lockstep('parity', '--project', folder, ...argv, '--format', 'json'));
  expect(report).toMatchObject({ verdict: 'VIOLATED', lambda: 'tampered', causes: { tampered_artifact: 2 } });
});

test('history keeps it, the report says it, and verify asks no SQL that it does not have', async () => {
  const wrong = { 'by-hand.sql': sql.replace('v.viewed_at < a.as_of', 'v.viewed_at <= a.as_of') };
  const { folder } = await compared([...only, '--lambda-sql', 'by-hand.sql', '--history', 'h.duckdb'], wrong);
  const verified = await lockstep('verify', '--project', folder, '--history', `${folder}/h.duckdb`);
  expect(verified.code).toBe(3);
  expect(verified.out).toMatch(
    /^cannot be asked viewers\/\d+ \(boundary\) .*: SQL that Lockstep did not compile answered: compare it again\n$/,
  );
  await lockstep('report', '--project', folder, '--history', `${folder}/h.duckdb`, '--out', `${folder}/r.html`);
  expect(await readFile(`${folder}/r.html`, 'utf8')).toContain('"Lambda: SQL of by-hand.sql, not compiled by Lockstep."');
  const both = { ...wrong, 'by-hand.csv': table.replaceAll('12:00:00', '11:59:00') };
  const agreed = await compared([...only, '--lambda-sql', 'by-hand.sql', '--batch-table', 'by-hand.csv', '--history', 'h.duckdb'], both);
  expect(agreed.out).toMatch(/^VIOLATED {2}viewers {2}3 points, 0 differ between the forms, 2 from the reference\n/);
  await lockstep('report', '--project', agreed.folder, '--history', `${agreed.folder}/h.duckdb`, '--out', `${agreed.folder}/r.html`);
  const page = await readFile(`${agreed.folder}/r.html`, 'utf8');
  expect(page).toContain('"Batch: values from table by-hand.csv, not compiled by Lockstep."');
  expect(page).toContain('"Batch and the lambda agree with each other at 2 points where neither says what the definition says."');
});
