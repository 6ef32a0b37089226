/** One feature that an engine cannot answer says so by name, and the others have their verdicts. */
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readRuns } from '../../runners/history/history.ts';
import { type Files, lockstep } from '../support/cli.ts';
import { event, feature, project, sources } from './viewers.ts';

const artifact = (folder: string, name: string): string => `${folder}/build/lambdas/${name}.sql`;

/** The stored lambda of `numbers` takes names for numbers. */
async function broken(more: Files = {}): Promise<string> {
  const numbers = feature('SELECT stream_id, MAX(user_id) AS last_one FROM views GROUP BY stream_id');
  const folder = await project({
    'transforms/features/numbers.sql': numbers,
    'events/views.ndjson': event({ user_id: 'Ann Smith' }),
    ...more,
  });
  await lockstep('compile', '--project', folder);
  const sql = await readFile(artifact(folder, 'numbers'), 'utf8');
  const cast = 'CAST(CAST(last_one AS INTEGER) AS VARCHAR) AS last_one';
  await writeFile(artifact(folder, 'numbers'), `SELECT * REPLACE (${cast}) FROM (${sql}) AS answered`);
  return folder;
}

const compared = (folder: string, ...more: readonly string[]) =>
  lockstep('parity', '--project', folder, '--events', `${folder}/events`, ...more);
const stored = (folder: string, ...more: readonly string[]) => compared(folder, '--artifacts', `${folder}/build`, ...more);
const personal = { 'transforms/sources.yml': sources.replace('user_id: VARCHAR', 'user_id: { type: VARCHAR, pii: true }') };

test('text: the others are compared and printed, the one is named, and exit 2 wins', async () => {
  const { code, out, err } = await stored(await broken());
  expect(code).toBe(2);
  expect(out).toMatch(/^PROVEN {4}viewers /);
  expect(out).not.toContain('numbers');
  expect(err).toMatch(/^error: numbers: .*Ann Smith/m);
});

test('JSON: errors beside features, also where there are none', async () => {
  const { code, out } = await stored(await broken(), '--format', 'json');
  const { features, errors } = JSON.parse(out);
  expect(code).toBe(2);
  expect(features).toMatchObject([{ feature: 'viewers', verdict: 'PROVEN' }]);
  expect(errors).toEqual([{ feature: 'numbers', message: expect.stringContaining('Ann Smith'), plain: 'duckdb failed' }]);
  const fine = await compared(await project(), '--format', 'json');
  expect({ code: fine.code, errors: JSON.parse(fine.out).errors }).toEqual({ code: 0, errors: [] });
});

test('an error wins over a feature that is VIOLATED', async () => {
  const folder = await broken();
  const sql = await readFile(artifact(folder, 'viewers'), 'utf8');
  await writeFile(artifact(folder, 'viewers'), sql.replace('COUNT(*)', 'COUNT(*) + 1'));
  const { code, out } = await stored(folder);
  expect(out).toMatch(/^VIOLATED {2}viewers /);
  expect(code).toBe(2);
});

test('an engine that has no exact form of one feature: the others are compared, and the way out is said', async () => {
  const long = 'A'.repeat(80);
  const folder = await project({
    'transforms/features/long.sql': feature(`SELECT stream_id, COUNT(*) AS ${long} FROM views GROUP BY stream_id`),
  });
  const { code, out, err } = await compared(folder, '--batch-engine', 'postgres');
  expect(code).toBe(2);
  expect(out).toMatch(/^PROVEN {4}viewers /);
  expect(err).toMatch(/^error: long: the long name A+ has no exact form on Postgres yet\nhint: DuckDB has it: --batch-engine duckdb$/m);
});

test('where a source has personal values, what an engine says is shown with --raw alone', async () => {
  const folder = await broken(personal);
  for (const format of ['text', 'json']) {
    const { code, out, err } = await stored(folder, '--format', format);
    expect(code).toBe(2);
    expect(out + err).not.toMatch(/Ann|Smith/);
    expect(err).toMatch(/^error: numbers: .*: --raw shows/m);
  }
  expect((await stored(folder, '--raw')).err).toMatch(/^error: numbers: .*Ann Smith/m);
});

test('a history keeps the message as it was said', async () => {
  const folder = await broken(personal);
  for (const raw of [[], ['--raw']]) await stored(folder, '--history', `${folder}/${raw.length}.duckdb`, ...raw);
  const [hidden, shown] = await Promise.all([0, 1].map((n) => readRuns(`${folder}/${n}.duckdb`, { say: () => {}, patience: 0 })));
  expect(hidden?.map((r) => [r.features.map((f) => f.feature), r.errors])).toEqual([
    [['viewers'], [{ feature: 'numbers', message: expect.stringMatching(/: --raw shows them$/), plain: 'duckdb failed' }]],
  ]);
  expect(shown?.[0]?.errors[0]?.message).toContain('Ann Smith');
  expect((await readFile(`${folder}/0.duckdb`)).includes('Ann Smith')).toBe(false);
});
