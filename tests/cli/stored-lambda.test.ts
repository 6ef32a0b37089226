/** Stored lambdas that are deleted or spoilt: which file, what is wrong with it, and what to do. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lockstep, put } from '../support/cli.ts';
import { feature, project, queryArguments, viewers } from './viewers.ts';

type Spoil = (folder: string) => Promise<void>;

const json = 'build/lambdas/viewers.json';
const sql = 'build/lambdas/viewers.sql';

const changed =
  (change: (artifact: Record<string, unknown>) => unknown): Spoil =>
  async (folder) => {
    const artifact = JSON.parse(await readFile(`${folder}/${json}`, 'utf8'));
    await writeFile(`${folder}/${json}`, JSON.stringify(change(artifact)));
  };
const written =
  (path: string, text: string): Spoil =>
  (folder) =>
    put(folder, { [path]: text });

async function both(spoil: Spoil, message: RegExp): Promise<void> {
  const folder = await project();
  await lockstep('compile', '--project', folder);
  await spoil(folder);
  for (const argv of [
    [...queryArguments(folder), '--form', 'lambda'],
    ['parity', '--project', folder, '--events', `${folder}/events`],
  ]) {
    const { code, out, err } = await lockstep(...argv, '--artifacts', `${folder}/build`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
    expect(err).toMatch(/\nhint: .*npx lockstep compile\n$/);
    expect(err).not.toMatch(/bug in Lockstep|ENOENT|EISDIR/);
  }
}

const spoilt: readonly (readonly [what: string, spoil: Spoil, message: RegExp])[] = [
  ['no folder at all', (f) => rm(`${f}/build`, { recursive: true }), /^error: \S*build\/lambdas\/viewers\.json is missing\n/],
  ['no JSON file', (f) => rm(`${f}/${json}`), /^error: \S*lambdas\/viewers\.json is missing\n/],
  ['no SQL file', (f) => rm(`${f}/${sql}`), /^error: \S*lambdas\/viewers\.sql is missing\n/],
  ['cut short', written(json, '{"formatVersion":1,'), /^error: \S*viewers\.json is not JSON\n/],
  ['empty', written(json, ''), /^error: \S*viewers\.json is not JSON\n/],
  ['null', written(json, 'null'), /^error: \S*viewers\.json is not a lambda: it is no object\n/],
  ['a list', written(json, '[]'), /^error: \S*viewers\.json is not a lambda: it is no object\n/],
  ['another object', written(json, '{"a":1}'), /^error: \S*viewers\.json is not a lambda: `formatVersion` is not 1\n/],
  ['of another feature', changed((a) => ({ ...a, name: 'other' })), /is not a lambda: `name` is not viewers\n/],
  ['of another engine', changed((a) => ({ ...a, engine: 'oracle' })), /is not a lambda: `engine` is not duckdb\n/],
  ['without a version', changed(({ version, ...rest }) => rest), /is not a lambda: `version` is no text\n/],
  ['without outputs', changed(({ outputs, ...rest }) => rest), /is not a lambda: `outputs` is no list of names and types\n/],
  ['a type that is none', changed((a) => ({ ...a, outputs: [{ name: 'n', type: 'WORD' }] })), /`outputs` is no list of names and types\n/],
  ['a parameter that is none', changed((a) => ({ ...a, parameters: ['as_of'] })), /`parameters` is no list of names and types\n/],
  ['SQL elsewhere', changed((a) => ({ ...a, sqlFile: '../../lockstep.yml' })), /is not a lambda: `sqlFile` is not viewers\.sql\n/],
  ['without a digest', changed((a) => ({ ...a, sqlSha256: 7 })), /is not a lambda: `sqlSha256` is no text\n/],
];

test.each([
  ['prelude', (a: Record<string, unknown>) => ({ ...a, prelude: ['CREATE OR REPLACE TEMP MACRO lockstep_quotient(u, k, d) AS 42'] })],
  ['sources', (a: Record<string, unknown>) => ({ ...a, sources: [] })],
])('parity of a lambda whose %s was changed: violated, though its SQL is as it was', async (field, change) => {
  const folder = await project();
  await lockstep('compile', '--project', folder);
  await changed(change)(folder);
  const asked = ['--project', folder, '--events', `${folder}/events`, '--artifacts', `${folder}/build`];
  const { code, out, err } = await lockstep('parity', ...asked);
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(new RegExp(`viewers\\.json is not what was compiled: \`${field}\` is another`)),
  });
  expect(out).toContain('VIOLATED  viewers');
});

test.for(spoilt)('%s', async ([, spoil, message]) => {
  await both(spoil, message);
});

test('outputs that the feature no longer has', async () => {
  await both(
    (folder) => put(folder, { 'transforms/features/viewers.sql': viewers.replace('COUNT(*) AS views', 'COUNT(*) AS viewings') }),
    /^error: \S*viewers\.json has other columns than the feature has now: views where the feature has viewings\n/,
  );
});

test('outputs of another type, and one more', async () => {
  await both(
    (folder) => put(folder, { 'transforms/features/viewers.sql': viewers.replace('SUM(price) AS paid', 'MAX(user_id) AS paid') }),
    /has other columns than the feature has now: paid NUMBER\(38,2\) where the feature has paid VARCHAR\n/,
  );
  await both(
    (folder) => put(folder, { 'transforms/features/viewers.sql': viewers.replace('AS paid', 'AS paid, 1 AS one') }),
    /has other columns than the feature has now: nothing where the feature has one\n/,
  );
});

test('SQL that is not what was compiled: query refuses it, parity executes it and says so', async () => {
  const folder = await project({
    'transforms/features/viewers.sql': feature('SELECT stream_id, COUNT(*) AS views FROM views GROUP BY stream_id'),
  });
  await lockstep('compile', '--project', folder);
  const text = await readFile(`${folder}/${sql}`, 'utf8');
  await writeFile(`${folder}/${sql}`, text.replace('COUNT(*)', 'COUNT(*) + 1'));
  const stored = ['--artifacts', `${folder}/build`];
  const queried = await lockstep(...queryArguments(folder), '--form', 'lambda', ...stored);
  expect(queried).toMatchObject({ code: 2, out: '' });
  expect(queried.err).toMatch(
    /^error: \S*viewers\.sql is not the SQL that was compiled: its sha256 is not the one in viewers\.json\nhint: .*npx lockstep compile\n$/,
  );
  const compared = await lockstep('parity', '--project', folder, '--events', `${folder}/events`, ...stored, '--format', 'json');
  expect(compared.code).toBe(1);
  expect(compared.err).toMatch(/^warning: \S*viewers\.sql is not the SQL that was compiled/);
  expect(JSON.parse(compared.out).features[0].differences[0]).toMatchObject({ cause: 'tampered_artifact' });
});

test('a whole one is executed', async () => {
  const folder = await project();
  await lockstep('compile', '--project', folder);
  const plain = await lockstep(...queryArguments(folder));
  expect(await lockstep(...queryArguments(folder), '--form', 'lambda', '--artifacts', `${folder}/build`)).toEqual(plain);
});
