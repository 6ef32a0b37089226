/** Counts that are printed agree with their noun and verb. */
import { expect, test } from 'vitest';
import { type Files, lockstep } from '../support/cli.ts';
import { event, feature, project, queryArguments } from './viewers.ts';

const other = { 'transforms/features/other.sql': feature('SELECT stream_id, COUNT(*) AS n FROM views GROUP BY stream_id') };

test('check', async () => {
  const out = async (files?: Files): Promise<string> =>
    (await lockstep('check', '--project', await project(files), '--engines', 'duckdb')).out;
  const tested = (what: string) =>
    new RegExp(`^${what} on generated events \\(\\d+ points, seed 1\\); batch, lambda and reference agree\n$`);
  expect(await out()).toMatch(tested('1 feature is fine\nTESTED 1 feature'));
  expect(await out(other)).toMatch(tested('2 features are fine\nTESTED 2 features'));
  const broken = { 'transforms/features/viewers.sql': feature('SELECT stream_id, nope FROM views') };
  expect(await out(broken)).toBe('1 error\n');
});

test('compile', async () => {
  expect((await lockstep('compile', '--project', await project())).out).toMatch(/^1 feature, \d+ files in /);
  expect((await lockstep('compile', '--project', await project(other))).out).toMatch(/^2 features, \d+ files in /);
});

test('parity', async () => {
  const folder = await project();
  const { out } = await lockstep('parity', '--project', folder, '--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`);
  expect(out).toBe(
    'PROVEN    viewers  1 point, 0 differ between the forms, 0 from the reference\n          census of 1 (entity, as_of) point of the spine; none of them mismatches\n',
  );
});

test('one value that is cut', async () => {
  const folder = await project({ 'events/views.ndjson': event({ viewed_at: '2026-01-01T11:59:00.1234567' }) });
  expect((await lockstep(...queryArguments(folder))).err).toMatch(/VIEWED_AT: 1 timestamp has more than six digits of a second/);
});

test.for([
  ['SELECT stream_id, LENGTH(MAX(user_id), 1) AS n FROM views GROUP BY stream_id', /LENGTH takes 1 argument, not 2/],
  ['SELECT stream_id, COUNT(*) AS n FROM views GROUP BY 3', /the SELECT list has 2 items/],
  ['SELECT COUNT(*) AS n FROM views GROUP BY 3', /the SELECT list has 1 item$/m],
  ['SELECT stream_id, price FROM views UNION ALL SELECT stream_id FROM views', /the branches of a union have 2 columns and 1 column/],
] as const)('%s', async ([sql, message]) => {
  const folder = await project({ 'transforms/features/viewers.sql': feature(sql) });
  expect((await lockstep('check', '--project', folder)).err).toMatch(message);
});
