/** A stored lambda says which row each of its answers is for; one that leaves rows out, or gives one twice, is found out. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { lockstep } from '../support/cli.ts';
import { event, project, queryArguments } from './viewers.ts';

const streams = ['s1', 's2', 's3'];

/** `wrap`: of the compiled lambda's rows, the statement that stands in its place. */
async function withLambda(wrap: (rows: string) => string): Promise<string> {
  const spine = streams.map((stream_id) => `${JSON.stringify({ stream_id, as_of: '2026-01-01T12:00:00' })}\n`);
  const folder = await project({
    'events/views.ndjson': streams
      .flatMap((s, i) => Array.from({ length: i + 1 }, (_, n) => event({ view_id: `${s}-${n}`, stream_id: s })))
      .join(''),
    'spine.ndjson': spine.join(''),
  });
  await lockstep('compile', '--project', folder);
  const file = `${folder}/build/lambdas/viewers`;
  const sql = wrap(`(${await readFile(`${file}.sql`, 'utf8')}) AS answered`);
  await writeFile(`${file}.sql`, sql);
  // query executes nothing of this version that was changed since it was compiled.
  const artifact = JSON.parse(await readFile(`${file}.json`, 'utf8'));
  await writeFile(
    `${file}.json`,
    JSON.stringify({ ...artifact, version: 'of somebody else', sqlSha256: createHash('sha256').update(sql).digest('hex') }),
  );
  return folder;
}

const compared = (folder: string, ...mode: readonly string[]) => {
  const given = ['--events', `${folder}/events`, '--spine', `${folder}/spine.ndjson`, '--artifacts', `${folder}/build`];
  return lockstep('parity', '--project', folder, ...given, ...mode, '--format', 'json');
};
const modes = [['logic'], ['replay']] as const;

test.each(modes)('%s: rows in another order are the answers to the same rows', async (mode) => {
  const { out } = await compared(await withLambda((rows) => `SELECT * FROM ${rows} ORDER BY ordinal DESC`), '--mode', mode);
  expect(JSON.parse(out).features[0]).toMatchObject({ samples: 3, mismatches: 0 });
});

test.each(modes)('%s: a row that is left out is a missing answer, and the others stay where they are', async (mode) => {
  const { code, out } = await compared(await withLambda((rows) => `SELECT * FROM ${rows} WHERE ordinal <> 2`), '--mode', mode);
  expect(code).toBe(1);
  const [report] = JSON.parse(out).features;
  expect(report).toMatchObject({ samples: 3, mismatches: 1, outcomes: { equal: 4, missing_stream: 2 } });
  expect(report.differences[0]).toMatchObject({ key: { stream_id: 's2' }, batch: '2', stream: null, outcome: 'missing_stream' });
});

const spoilt: readonly (readonly [what: string, wrap: (rows: string) => string, message: RegExp])[] = [
  [
    'a row twice',
    (rows) => `SELECT * FROM ${rows} UNION ALL SELECT * FROM ${rows} WHERE ordinal = 2`,
    /the lambda answers row 2 of the 3 asked twice/,
  ],
  ['a row of its own', (rows) => `SELECT ordinal + 3, COLUMNS(* EXCLUDE ordinal) FROM ${rows}`, /not asked: its ordinal is none of 1 to 3/],
  ['a row without ordinal', (rows) => `SELECT NULL, COLUMNS(* EXCLUDE ordinal) FROM ${rows}`, /not asked: its ordinal is none of 1 to 3/],
];

test.each(spoilt)('%s: said as it is, without values', async (_, wrap, message) => {
  const folder = await withLambda(wrap);
  const ran = await compared(folder);
  expect(ran.code).toBe(2);
  expect(ran.err).toMatch(message);
  expect(ran.err).not.toMatch(/bug in Lockstep|s2/);
  const queried = await lockstep(...queryArguments(folder), '--form', 'lambda', '--artifacts', `${folder}/build`, '--batch', '3');
  expect(queried).toMatchObject({ code: 2, out: '' });
  expect(queried.err).toMatch(message);
});

test('query prints no answer that was not given', async () => {
  const folder = await withLambda((rows) => `SELECT * FROM ${rows} WHERE ordinal <> 2`);
  const asked = [...queryArguments(folder), '--form', 'lambda', '--artifacts', `${folder}/build`, '--batch', '3'];
  for (const knowledge of ['event', 'arrived']) {
    const ran = await lockstep(...asked, '--knowledge', knowledge);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(ran.err).toMatch(/^error: duckdb failed: the lambda leaves out row 2 of the 3 asked\n$/);
  }
});
