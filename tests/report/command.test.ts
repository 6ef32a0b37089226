/** parity --history, report and verify, as they are typed. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { project } from '../cli/viewers.ts';
import { lockstep, put } from '../support/cli.ts';

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const sources = `streams:
  views:
    warehouse: raw.views
    key: view_id
    event_time: viewed_at
    ingest_time: got_at
    columns: { view_id: VARCHAR, stream_id: VARCHAR, who: { type: VARCHAR, pii: true }, viewed_at: TIMESTAMP_NTZ, got_at: TIMESTAMP_NTZ }
`;
const viewers = `/*---\nentity: stream_id\nowner: feed\n---*/\nSELECT stream_id, COUNT(*) AS views, MAX(who) AS last_one FROM views\nWHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id\n`;
const view = (id: number) => ({
  view_id: `v${id}`,
  stream_id: 'a',
  who: `Ann ${id}`,
  viewed_at: '2026-01-01T11:00:00',
  got_at: `2026-01-01T11:00:0${id}`,
});

async function market(): Promise<string> {
  return project({
    'transforms/sources.yml': sources,
    'transforms/features/viewers.sql': viewers,
    'all/views.ndjson': lines([view(1), view(2)]),
    'seen/views.ndjson': lines([view(1)]),
    'spine.ndjson': lines([{ stream_id: 'a', as_of: '2026-01-01T11:10:00' }]),
  });
}

const replay = (folder: string, ...more: readonly string[]) =>
  lockstep(
    ...['parity', '--project', folder, '--mode', 'replay', '--batch', `${folder}/all`, '--realtime', `${folder}/seen`],
    ...['--spine', `${folder}/spine.ndjson`, '--history', `${folder}/h.duckdb`, ...more],
  );
const dataOf = (html: string): { readonly features: readonly { readonly series: readonly { readonly nights: readonly unknown[] }[] }[] } =>
  JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? '');

test('runs are kept and reported, from the history and from files, each once', async () => {
  const folder = await market();
  const first = await replay(folder, '--format', 'json');
  expect({ code: first.code, err: first.err }).toEqual({ code: 1, err: expect.stringMatching(/^run \d{8}T\d{6}Z-[0-9a-f]{6} is in /) });
  await writeFile(`${folder}/first.json`, first.out);
  expect((await replay(folder)).code).toBe(1);
  const out = `${folder}/report.html`;
  const { code, out: said } = await lockstep(
    'report',
    '--project',
    folder,
    '--history',
    `${folder}/h.duckdb`,
    '--parity',
    `${folder}/first.json`,
    '--out',
    out,
  );
  expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('1 feature, 2 runs in') });
  const html = await readFile(out, 'utf8');
  expect(dataOf(html).features[0]?.series[0]?.nights).toHaveLength(2);
  // What parity masks stands neither on the page nor in the file.
  expect(html).not.toContain('Ann ');
  expect((await readFile(`${folder}/h.duckdb`)).includes('Ann ')).toBe(false);
});

test('with --raw personal values are kept, and every command says so', async () => {
  const folder = await market();
  const { err } = await replay(folder, '--raw');
  expect(err).toContain('with personal values as they are (--raw)');
  const report = await lockstep('report', '--project', folder, '--history', `${folder}/h.duckdb`, '--out', `${folder}/r.html`);
  expect(report.err).toContain('the page shows personal values as they are');
  expect(await readFile(`${folder}/r.html`, 'utf8')).toContain('Ann 2');
});

test('an old mismatch is asked again: it still differs, agrees now, or cannot be asked', async () => {
  const folder = await market();
  await replay(folder);
  const verify = (...more: readonly string[]) => lockstep('verify', ...more, '--project', folder, '--history', `${folder}/h.duckdb`);
  const still = await verify();
  expect(still).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^still differs {3}viewers\/1 \(lost\) at .*: views is "\d" in batch, "\d" in the stream/),
  });
  expect(still.out).not.toContain('the version has changed');
  await put(folder, { 'transforms/features/viewers.sql': viewers.replace('1 hour', '5 minutes') });
  const agrees = await verify();
  expect(agrees).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^agrees now {6}viewers\/1 \(lost\) .*; the version has changed since: \w+ then, \w+ now/),
  });
  await put(folder, { 'transforms/sources.yml': sources.replace('who:', 'seat: VARCHAR, who:') });
  expect(await verify()).toMatchObject({ code: 3, out: expect.stringContaining('cannot be asked viewers/1 (lost)') });
  expect((await verify()).out).toContain('the witness has no views.seat');
  const { out } = await verify('--format', 'json');
  expect(JSON.parse(out)).toMatchObject({ witnesses: [{ feature: 'viewers', ordinal: 1, state: 'cannot be asked' }] });
});

test('what lateness explained differs for ever, and is no finding', async () => {
  const folder = await market();
  const late = { ...view(2), got_at: '2026-01-01T11:20:00' };
  for (const side of ['all', 'seen']) await put(folder, { [`${side}/views.ndjson`]: lines([view(1), late]) });
  expect((await replay(folder)).code).toBe(0);
  const { code, out } = await lockstep('verify', '--project', folder, '--history', `${folder}/h.duckdb`);
  expect(out).toMatch(/^still differs {3}viewers\/1 \(late, explained\) at /);
  expect(code).toBe(0);
});

test('a lambda that was changed differs, and the one that compiles now agrees', async () => {
  const folder = await market();
  await lockstep('compile', '--project', folder);
  const file = `${folder}/build/lambdas/viewers.sql`;
  await writeFile(file, (await readFile(file, 'utf8')).replace("INTERVAL '-1 hour'", "INTERVAL '-1 minute'"));
  const [artifacts, history] = [
    ['--artifacts', `${folder}/build`],
    ['--history', `${folder}/h.duckdb`],
  ];
  const { code } = await lockstep(
    'parity',
    '--project',
    folder,
    '--events',
    `${folder}/all`,
    '--spine',
    `${folder}/spine.ndjson`,
    ...artifacts,
    ...history,
  );
  expect(code).toBe(1);
  expect(await lockstep('verify', '--project', folder, ...history, ...artifacts)).toMatchObject({
    code: 1,
    out: expect.stringContaining('still differs'),
  });
  expect(await lockstep('verify', '--project', folder, ...history)).toMatchObject({ code: 0, out: expect.stringContaining('agrees now') });
});

const wrong: readonly (readonly [what: string, argv: (folder: string) => readonly string[], message: RegExp])[] = [
  ['nothing to report', () => ['report'], /nothing to report: give --history/],
  ['no history', (f) => ['report', '--history', `${f}/none.duckdb`], /there is no history/],
  ['a file that parity did not print', (f) => ['report', '--parity', `${f}/lockstep.yml`], /it is not JSON/],
  [
    'JSON of something else',
    (f) => ['report', '--parity', `${f}/events/views.ndjson`],
    /this is not what lockstep parity --format json prints/,
  ],
  ['a history in no folder', (f) => ['parity', '--events', `${f}/events`, '--history', `${f}/no/h.duckdb`], /there is no folder/],
  ['verify without a history', () => ['verify'], /--history <file>/],
];

test.for(wrong)('%s: exit 2, and what to write', async ([, argv, message]) => {
  const folder = await project();
  const { code, out, err } = await lockstep(...argv(folder), '--project', folder);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toMatch(message);
});

test('a run that is not there, or has nothing to ask', async () => {
  const folder = await market();
  await replay(folder);
  const verify = (named: string) => lockstep('verify', named, '--project', folder, '--history', `${folder}/h.duckdb`);
  expect((await verify('other')).err).toMatch(/has no run other\nhint: the latest are \d{8}T/);
  expect((await verify('a/b/c')).err).toContain('RUN/FEATURE/1');
  const [id = ''] = /\d{8}T\d{6}Z-\w+/.exec((await verify('other')).err) ?? [];
  expect((await verify(`${id}/nobody`)).err).toContain('did not compare nobody');
  expect((await verify(`${id}/viewers/2`)).err).toContain('has no witness');
  expect((await verify(`${id}/viewers/1`)).code).toBe(1);
});
