/** check --profile: what is too slow is an error, what was not measured is said by name, and nothing passes in silence. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { beforeAll, expect, test } from 'vitest';
import type { Profile } from '../../runners/profile/profile.ts';
import { feature, viewers } from '../cli/viewers.ts';
import { lockstep, type Ran } from '../support/cli.ts';
import { knownProject } from './known.ts';

const budgeted = viewers.replace('entity: stream_id', 'entity: stream_id\nlatency_budget: 20 ms');
const place = 'transforms/features/viewers.sql:3:17';

let folder: string;
let measured: Profile;
beforeAll(async () => {
  folder = await knownProject({ 'transforms/features/viewers.sql': budgeted });
  const ran = await lockstep(
    'profile',
    'viewers',
    '--project',
    folder,
    '--events',
    `${folder}/events`,
    '--requests',
    '3',
    '--json',
    `${folder}/p.json`,
  );
  expect({ code: ran.code, err: ran.err }).toEqual({ code: 0, err: '' });
  measured = JSON.parse(await readFile(`${folder}/p.json`, 'utf8'));
});

const withP99 = (p99: number, more: Partial<Profile> = {}): Profile => ({
  ...measured,
  batches: measured.batches.map((b, i) => (i === 0 ? { ...b, p99 } : b)),
  ...more,
});

async function put(name: string, profile: unknown): Promise<string> {
  const file = `${folder}/${name}.json`;
  await mkdir(file.slice(0, file.lastIndexOf('/')), { recursive: true });
  await writeFile(file, typeof profile === 'string' ? profile : JSON.stringify(profile));
  return file;
}

const check = (...more: readonly string[]): Promise<Ran> => lockstep('check', '--project', folder, '--no-run', ...more);
const fine = '1 feature is fine\n';

test('within the budget, to the microsecond', async () => {
  expect(await check('--profile', await put('within', withP99(20)))).toEqual({ code: 0, out: fine, err: '' });
  expect((await check('--profile', await put('over', withP99(20.001)))).code).toBe(1);
});

test('over the budget: the place of the header, what was measured, what to do', async () => {
  const file = await put('over', withP99(34.5));
  const { code, out, err } = await check('--profile', file);
  expect({ code, out }).toEqual({ code: 1, out: '1 error\n' });
  expect(err).toContain(
    `${place}: error[latency-over-budget]: p99 of one entity is 34.5 ms over 3 requests (${file}), and latency_budget is 20 milliseconds`,
  );
  expect(err).toContain('hint: lockstep profile viewers --store <place> --json <file> shows where the time goes, and what would help');
});

test.for([
  ['another version', { version: '0000000000000000' }, /another\.json is of version 0000000000000000, and this is [0-9a-f]{16}$/m],
  ['SQL that is compiled otherwise', { sqlSha256: '00' }, /another\.json is of SQL that Lockstep compiles otherwise now$/m],
  ['another feature', { feature: 'others' }, /no profile is of this feature$/m],
] as const)('a profile of %s measures nothing: a warning, however quick it was', async ([, more, why]) => {
  const { code, out, err } = await check('--profile', await put('another', withP99(1, more)));
  expect({ code, out }).toEqual({ code: 0, out: fine });
  expect(err).toMatch(why);
  expect(err).toContain(`${place}: warning[latency-not-measured]: the latency_budget of 20 milliseconds was not measured: `);
});

test('a project that insists makes it an error', async () => {
  const strict = await knownProject({
    'transforms/features/viewers.sql': budgeted,
    'lockstep.yml': 'name: x\nrules: {latency-not-measured: error}\n',
  });
  const file = await put('another', withP99(1, { version: '0' }));
  const { code, err } = await lockstep('check', '--project', strict, '--no-run', '--profile', file);
  expect(code).toBe(1);
  expect(err).toContain('error[latency-not-measured]');
});

test('an edit that changes a value is not measured any more; one that does not, still is', async () => {
  const edited = (text: string) => knownProject({ 'transforms/features/viewers.sql': text });
  const file = await put('quick', withP99(1));
  const of = async (text: string) => lockstep('check', '--project', await edited(text), '--no-run', '--profile', file);
  expect((await of(budgeted.replace('20 ms', '30 ms'))).err).toBe('');
  expect((await of(budgeted.replace('1 hour', '2 hours'))).err).toContain('latency-not-measured');
});

test('of several profiles of this version the slowest counts, in a folder or one by one', async () => {
  const [quick, slow] = [await put('all/a', withP99(1)), await put('all/b', withP99(25))];
  for (const places of [[`${folder}/all`], [quick, slow], [slow, quick]]) {
    const { code, err } = await check(...places.flatMap((p) => ['--profile', p]));
    expect(code).toBe(1);
    expect(err).toContain('p99 of one entity is 25 ms');
  }
  await mkdir(`${folder}/none`, { recursive: true });
  expect((await check('--profile', `${folder}/none`)).err).toContain('warning[latency-not-measured]');
});

test('without --profile one line says that budgets were not checked; without budgets none does', async () => {
  const line = 'NOT CHECKED 1 latency budget: no --profile was given';
  expect(await check()).toEqual({ code: 0, out: `${fine}${line}\n`, err: '' });
  expect((await check('--format', 'github')).out).toContain(`lockstep: ${line}`);
  expect((await check('--format', 'markdown')).out).toContain('NOT CHECKED 1 latency budget');
  expect(JSON.parse((await check('--format', 'json')).out)).toMatchObject({ profiles: null, features: [{ latencyBudget: '20000' }] });
  expect((await check('--format', 'junit')).out).toContain(
    '<testcase name="latency budget" classname="viewers" time="0"><skipped>no profile was given<',
  );
  const none = await knownProject();
  expect(await lockstep('check', '--project', none, '--no-run')).toEqual({ code: 0, out: fine, err: '' });
  expect((await lockstep('check', '--project', none, '--no-run', '--format', 'junit')).out).not.toContain('latency budget');
});

test.for(['json', 'sarif', 'junit', 'github', 'markdown'])('%s has both findings', async (format) => {
  const over = await check('--format', format, '--profile', await put('over', withP99(34.5)));
  expect(over.code).toBe(1);
  expect(over.out).toContain('latency-over-budget');
  const stale = await check('--format', format, '--profile', await put('stale', withP99(1, { version: '0' })));
  expect(stale.code).toBe(0);
  expect(stale.out).toContain(format === 'junit' ? 'is of version 0' : 'latency-not-measured');
});

test('in junit too slow is a case of its own that fails, and not that of compiling', async () => {
  const { out } = await check('--format', 'junit', '--profile', await put('over', withP99(34.5)));
  expect(out).toMatch(/<testcase name="compile"[^>]*\/>/);
  expect(out).toMatch(/<testcase name="latency budget"[^>]*><failure type="latency-over-budget"/);
});

test('in junit what was not measured is skipped with the reason', async () => {
  const { out } = await check('--format', 'junit', '--profile', await put('stale', withP99(1, { version: '0' })));
  expect(out).toMatch(/<testcase name="latency budget"[^>]*><skipped>the latency_budget of 20 milliseconds was not measured: /);
});

test.for([
  ['{', 'this is not JSON'],
  ['{"kind":"manifest"}', 'this is no profile: `kind` is not profile'],
  ['{"kind":"profile","formatVersion":2}', 'this profile has the format 2, and this Lockstep reads 1'],
  ['{"kind":"profile","formatVersion":1,"feature":"viewers","version":1}', '`version` is no text'],
] as const)('%s is no profile', async ([text, message]) => {
  const file = await put('wrong', text);
  expect(await check('--profile', file)).toEqual({ code: 2, out: '', err: `error: ${file}: ${message}\n` });
});

test('a profile without the latency of one entity could let anything pass', async () => {
  for (const batches of [[], [{ ...measured.batches[0], entities: 10 }], [{ ...measured.batches[0], p99: null }]])
    expect((await check('--profile', await put('wrong', { ...measured, batches }))).code).toBe(2);
  expect((await check('--profile', `${folder}/nowhere`)).err).toContain('there is no such file or folder');
});

test('a budget is no part of the version, nor of what is compiled, but for the manifest', async () => {
  const compiled = async (text: string): Promise<{ readonly manifest: string; readonly lambda: string }> => {
    const project = await knownProject({ 'transforms/features/viewers.sql': text });
    expect((await lockstep('compile', '--project', project)).code).toBe(0);
    const [manifest, lambda] = await Promise.all(
      ['manifest.json', 'lambdas/viewers.json'].map((f) => readFile(`${project}/build/${f}`, 'utf8')),
    );
    return { manifest: manifest ?? '', lambda: lambda ?? '' };
  };
  const [without, with20] = [await compiled(viewers), await compiled(budgeted)];
  expect(with20.lambda).toBe(without.lambda);
  expect(without.manifest).not.toContain('latencyBudget');
  expect(with20.manifest.replace(/\n *"latencyBudget": "20000",/, '')).toBe(without.manifest);
});

test('explain shows the budget', async () => {
  expect((await lockstep('explain', 'viewers', '--project', folder)).out).toContain('budget  20 milliseconds for one entity, at p99\n');
});

test('profile says whether the budget is kept', async () => {
  const slow = await knownProject({ 'transforms/features/viewers.sql': budgeted.replace('20 ms', '1 microsecond') });
  const { code, out } = await lockstep('profile', 'viewers', '--project', slow, '--events', `${slow}/events`, '--requests', '2');
  expect(code).toBe(0);
  expect(out).toContain('latency_budget 1 microsecond: p99 of one entity is over it');
});

test.for([
  [['viewers'], 'give either --events <dir> or --store <place>'],
  [['viewers', '--events', 'a', '--store', 'b'], 'give either --events <dir> or --store <place>'],
  [['viewers', '--store', 'nowhere'], 'nowhere is not there'],
  [['viewers', '--events', 'a', '--spine', 'b', '--entities', '3'], '--entities and --spine both say what is asked'],
  [['viewers', '--events', 'a', '--requests', '0'], '--requests 0 is no number of rows'],
  [['viewer', '--events', 'a'], 'there is no feature viewer'],
] as const)('wrong usage: %j', async ([argv, message]) => {
  const { code, out, err } = await lockstep('profile', ...argv, '--project', folder);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain(message);
});

test('no events: a profile of nothing is none', async () => {
  const empty = await knownProject({ 'events/views.ndjson': '' });
  expect(await lockstep('profile', 'viewers', '--project', empty, '--events', `${empty}/events`)).toMatchObject({
    code: 2,
    err: expect.stringContaining('the store has no event that the feature reads'),
  });
});

test('a store of other columns is refused', async () => {
  const filled = await lockstep(
    'backfill',
    '--project',
    folder,
    '--events',
    `${folder}/events`,
    '--since',
    'beginning',
    '--store',
    'store',
  );
  expect(filled.code).toBe(0);
  const other = await knownProject({
    'transforms/sources.yml': `streams:
  views:
    warehouse: raw.views
    key: view_id
    event_time: viewed_at
    columns: { view_id: VARCHAR, stream_id: VARCHAR, device: VARCHAR, viewed_at: TIMESTAMP_NTZ }
`,
    'transforms/features/viewers.sql': feature(
      "SELECT stream_id, COUNT(*) AS n FROM views WHERE viewed_at >= as_of() - INTERVAL '1 hour' GROUP BY stream_id",
    ),
  });
  const { code, err } = await lockstep('profile', 'viewers', '--project', other, '--store', `${folder}/store`);
  expect(code).toBe(2);
  expect(err).toContain('does not have `views` as it is declared now');
});
