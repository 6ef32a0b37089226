/** lockstep parity: what must be given, what is printed, and the exit codes. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lockstep, put } from '../support/cli.ts';
import { project } from './viewers.ts';

const usage: readonly (readonly [what: string, argv: readonly string[], message: RegExp])[] = [
  ['no events', [], /--events is missing/],
  ['both sides in logic mode', ['--batch', 'x', '--realtime', 'y'], /in logic mode both forms get the same --events/],
  ['events and a side', ['--mode', 'replay', '--events', 'x', '--batch', 'y'], /give it, or --batch and --realtime/],
  ['one side', ['--mode', 'replay', '--batch', 'x'], /give --events, or --batch and --realtime/],
  ['no such mode', ['--mode', 'somehow', '--events', 'x'], /--mode/],
  ['a target beyond one', ['--events', 'x', '--target', '1.5'], /--target 1\.5: write a share between 0 and 1/],
  [
    'no such engine',
    ['--events', 'x', '--batch-engine', 'oracle'],
    /--batch-engine oracle: it is one of duckdb, postgres, clickhouse, reference/,
  ],
  ['lambdas elsewhere', ['--events', 'x', '--stream-engine', 'postgres'], /--stream-engine postgres: it is one of duckdb, reference/],
  [
    'artifacts for the reference',
    ['--events', 'x', '--stream-engine', 'reference', '--artifacts', 'y'],
    /--artifacts is for lambdas that are executed/,
  ],
  ['no confidence', ['--events', 'x', '--confidence', '100%'], /--confidence 100%: write a share/],
];

test.for(usage)('%s: exit 2, and what to write', async ([, argv, message]) => {
  const { code, out, err } = await lockstep('parity', '--project', await project(), ...argv);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});

test('--batch that is neither a folder nor a target: the targets are named', async () => {
  const targets = 'targets:\n  prod: { engine: duckdb, path: a.duckdb }\n  local: { engine: duckdb, path: b.duckdb }\n';
  const folder = await project({ 'lockstep.yml': `name: small\n${targets}` });
  const asked = (...more: readonly string[]) => lockstep('parity', '--project', folder, '--batch', 'nowhere', ...more);
  expect(await asked('--mode', 'replay', '--realtime', `${folder}/events`)).toEqual({
    ...{ code: 2, out: '' },
    err: 'error: --batch nowhere: there is no such folder, and no target of that name\nhint: there are prod, local\n',
  });
  const { code, err } = await asked();
  expect([code, err]).toEqual([2, expect.stringMatching(/\nhint: there is no target nowhere: there are prod, local\n$/)]);
});

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const sources = `streams:
  views:
    warehouse: raw.views
    key: view_id
    event_time: viewed_at
    ingest_time: got_at
    columns: { view_id: VARCHAR, stream_id: VARCHAR, viewed_at: TIMESTAMP_NTZ, got_at: TIMESTAMP_NTZ }
`;
const viewers = `/*---\nentity: stream_id\n---*/\nSELECT stream_id, COUNT(*) AS views FROM views\nWHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id\n`;
const view = (id: number, got: string) => ({ view_id: `v${id}`, stream_id: 'a', viewed_at: '2026-01-01T11:00:00', got_at: got });
const rows = [view(1, '2026-01-01T11:00:01'), view(2, '2026-01-01T11:30:00'), view(3, '2026-01-01T11:00:02')];

async function replayable(stream: readonly object[]): Promise<string> {
  return project({
    'transforms/sources.yml': sources,
    'transforms/features/viewers.sql': viewers,
    'all/views.ndjson': lines(rows),
    'seen/views.ndjson': lines(stream),
    'spine.ndjson': lines([{ stream_id: 'a', as_of: '2026-01-01T11:10:00' }]),
  });
}
const replay = (folder: string, ...more: readonly string[]) =>
  lockstep(
    'parity',
    '--project',
    folder,
    '--mode',
    'replay',
    '--batch',
    `${folder}/all`,
    '--realtime',
    `${folder}/seen`,
    '--spine',
    `${folder}/spine.ndjson`,
    ...more,
  );

test('a late event is explained: exit 0', async () => {
  const { code, out } = await replay(await replayable(rows));
  expect(code).toBe(0);
  expect(out).toContain('PROVEN    viewers  1 point, 1 differs between the forms');
  expect(out).toContain('causes: late 1; 1 explained by what had arrived');
});

test.each([
  ['postgres', 'duckdb'],
  ['postgres', 'reference'],
  ['reference', 'duckdb'],
])('batch on %s, the stream on %s: the same is late and the same is lost', async (batch, stream) => {
  const engines = ['--batch-engine', batch, '--stream-engine', stream, '--format', 'json'];
  for (const [came, causes] of [
    [rows, { late: 1 }],
    [rows.slice(0, 2), { lost: 1 }],
  ] as const) {
    const { out } = await replay(await replayable(came), ...engines);
    const { run, features } = JSON.parse(out) as { run: Record<string, string>; features: readonly Record<string, unknown>[] };
    expect([run['batchEngine'], run['streamEngine']].map((e) => e?.split(' ')[0])).toEqual([batch, stream]);
    expect(features).toMatchObject([{ causes, referenceMismatches: 0, outcomes: { different: 1 } }]);
  }
});

test('a feature that an engine has no exact form for is named, with the way out', async () => {
  const long = 'A'.repeat(80);
  const folder = await project({ 'transforms/features/viewers.sql': viewers.replace('AS views', `AS ${long}`) });
  const { code, out, err } = await lockstep('parity', '--project', folder, '--events', `${folder}/events`, '--batch-engine', 'postgres');
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(/viewers: the long name A+ has no exact form on Postgres yet\nhint: DuckDB has it: --batch-engine duckdb/);
});

test("a feature's header says what must be shown of it, and the command line what must be shown of all", async () => {
  const folder = await replayable(rows);
  const asked = async (...more: readonly string[]) => {
    const { code, out } = await replay(folder, '--format', 'json', ...more);
    const [report] = (JSON.parse(out) as { features: readonly Record<string, unknown>[] }).features;
    return [code, report?.['target'], report?.['confidence'], report?.['latenessBudget']];
  };
  expect(await asked()).toEqual([0, 0.001, 0.95, 1]);
  await put(folder, {
    'transforms/features/viewers.sql': viewers.replace(
      'entity: stream_id',
      'entity: stream_id\nparity: { target: 5%, confidence: 0.9, lateness_budget: 1% }',
    ),
  });
  // The one point that is asked is late: more than one in a hundred.
  expect(await asked()).toEqual([1, 0.05, 0.9, 0.01]);
  expect(await asked('--lateness-budget', '100%', '--target', '0.2%')).toEqual([0, 0.002, 0.9, 1]);
});

test('a share may have an exponent, and a budget may be nothing', async () => {
  const folder = await replayable(rows);
  for (const nothing of ['0', '0%']) {
    const { code, out } = await replay(folder, '--format', 'json', '--lateness-budget', nothing, '--target', '1e-3');
    expect(code).toBe(1);
    expect(JSON.parse(out).features).toMatchObject([{ verdict: 'VIOLATED', target: 0.001, latenessBudget: 0 }]);
  }
});

test('lateness that explains much is asked about, unless somebody said how much may be', async () => {
  const folder = await replayable(rows);
  const question = 'lateness explains 100 % of the points: is that what you expect? --lateness-budget makes more than so much a finding\n';
  expect((await replay(folder)).out).toContain(question);
  expect((await replay(folder, '--lateness-budget', '100%')).out).not.toContain('is that what you expect');
  // One point in five is not more than a fifth.
  const asOf = ['11:10', '11:40', '11:41', '11:42', '11:43'].map((time) => ({ stream_id: 'a', as_of: `2026-01-01T${time}:00` }));
  await put(folder, { 'spine.ndjson': lines(asOf) });
  const fifth = await replay(folder);
  expect(fifth.out).toContain('5 points, 1 differs');
  expect(fifth.out).not.toContain('is that what you expect');
  await put(folder, { 'spine.ndjson': lines(asOf.slice(0, 4)) });
  expect((await replay(folder)).out).toContain('lateness explains 25 % of the points: is that what you expect?');
  const header = viewers.replace('entity: stream_id', 'entity: stream_id\nparity: { lateness_budget: 100% }');
  await put(folder, { 'transforms/features/viewers.sql': header });
  expect((await replay(folder)).out).not.toContain('is that what you expect');
});

test('a lost event is not: exit 1, and the JSON says why', async () => {
  const { code, out } = await replay(await replayable(rows.slice(0, 2)), '--format', 'json');
  expect(code).toBe(1);
  const [report] = (JSON.parse(out) as { features: readonly Record<string, unknown>[] }).features;
  expect(report).toMatchObject({ mode: 'replay', verdict: 'VIOLATED', explained: 0, unexplained: 1, causes: { lost: 1 } });
  expect(report?.['differences']).toEqual([
    expect.objectContaining({
      batch: '3',
      stream: '1',
      cause: 'lost',
      among: ['late', 'lost'],
      explained: false,
      proof: expect.stringContaining('never reached the stream'),
    }),
  ]);
});

test('a lambda with a changed bound is found, in either mode', async () => {
  const folder = await replayable(rows);
  await lockstep('compile', '--project', folder);
  const file = `${folder}/build/lambdas/viewers.sql`;
  const sql = await readFile(file, 'utf8');
  const changed = sql.replace(/viewed_at >= /, 'viewed_at > ');
  expect(changed).not.toBe(sql);
  await writeFile(file, changed);
  await put(folder, { 'seen/views.ndjson': lines(rows) });
  for (const argv of [
    ['--events', `${folder}/all`],
    ['--mode', 'replay', '--events', `${folder}/all`],
  ]) {
    const { code, out } = await lockstep('parity', '--project', folder, '--artifacts', `${folder}/build`, ...argv);
    expect({ argv, code }).toEqual({ argv, code: 1 });
    expect(out).toContain('(boundary)');
  }
});

test('personal values are masked, and shown with --raw alone', async () => {
  const folder = await project({
    'transforms/sources.yml': sources.replace(
      'stream_id: VARCHAR',
      'stream_id: { type: VARCHAR, pii: true }, who: { type: VARCHAR, pii: true }',
    ),
    'transforms/features/viewers.sql': viewers.replace(
      'COUNT(*) AS views',
      'COUNT(DISTINCT who) AS people, MAX(who) AS last_one, COUNT_IF(who IS NULL) AS nobody',
    ),
    'all/views.ndjson': lines(rows.map((row) => ({ ...row, stream_id: 'secret room', who: `Ann ${row.view_id}` }))),
    'seen/views.ndjson': lines(rows.slice(0, 1).map((row) => ({ ...row, stream_id: 'secret room', who: `Ann ${row.view_id}` }))),
    'spine.ndjson': lines([{ stream_id: 'secret room', as_of: '2026-01-01T11:10:00' }]),
  });
  for (const format of ['text', 'json']) {
    const masked = await replay(folder, '--format', format);
    expect(masked.out).toMatch(/masked [0-9a-f]{12}/);
    expect(masked.out + masked.err).not.toMatch(/secret room|Ann/);
  }
  const { features } = JSON.parse((await replay(folder, '--format', 'json')).out) as {
    features: [{ differences: readonly Record<string, unknown>[] }];
  };
  const differences = features[0].differences;
  expect(differences.find((d) => d['column'] === 'people')).toMatchObject({ batch: '3', stream: '1' });
  expect(differences.find((d) => d['column'] === 'last_one')).toMatchObject({
    batch: expect.stringMatching(/^masked /),
    stream: expect.stringMatching(/^masked /),
  });
  // Nobody who knows the seed can try out which value a mask stands for.
  const masks = async (): Promise<readonly string[]> => (await replay(folder)).out.match(/masked [0-9a-f]{12}/g) ?? [];
  expect(await masks()).not.toEqual(await masks());
  const raw = await replay(folder, '--raw');
  expect(raw.out).toContain('secret room');
  expect(raw.out).toContain('Ann v3');
  expect(raw.err).toContain('--raw: personal values are shown');
});
