/** A history keeps each run whole, whoever else writes and whatever dies. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { appendRun, readRuns } from '../../runners/history/history.ts';
import { lastVerdicts } from '../../runners/history/last-verdicts.ts';
import { earlierNights } from '../../runners/history/nights.ts';
import { runId } from '../../runners/history/run.ts';
import { tables } from '../../runners/history/schema.ts';
import { verdictsOn } from '../../runners/history/verdicts.ts';
import { riskOf } from '../../runners/parity/budget.ts';
import { folderWith, put } from '../support/cli.ts';
import { featureReport, hostile, reportedRun } from './runs.ts';

const opening = { say: () => {}, patience: 0 };
const first = reportedRun('20260101T010000Z-000001', '2026-01-01T01:00:00.000000');
const second = reportedRun(
  '20260102T010000Z-000002',
  '2026-01-02T01:00:00.123456',
  [
    featureReport('viewers', { verdict: 'PROVEN', upperBound: 0, moreNeeded: null, differences: [], causes: {}, incidents: [] }),
    featureReport(hostile, { upperBound: null }),
  ],
  [{ feature: hostile.slice(1), message: hostile, plain: 'duckdb failed' }],
);

const newFile = async (): Promise<string> => join(await folderWith({}), "it's a history.duckdb");

async function ask(file: string, sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function child(
  ...argv: readonly string[]
): Promise<{ readonly code: number | null; readonly signal: string | null; readonly err: string }> {
  const [command = '', ...rest] = argv;
  const spawned = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  spawned.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  return new Promise((done) => spawned.on('close', (code, signal) => done({ code, signal, err })));
}
const writer = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'writer.ts')];

test('of a feature the verdicts, each with what belongs to its own run', async () => {
  const file = await newFile();
  const interval = '2026-01-01T00:00:00/2026-01-02T00:00:00';
  const ofDay = { ...second, run: { ...second.run, options: { interval } } };
  for (const run of [ofDay, first]) await appendRun(file, run, opening);
  const chosen = {
    ...second.run,
    id: '20260103T010000Z-000003',
    startedAt: '2026-01-03T01:00:00.000000',
    options: { spine: 'points.ndjson' },
  };
  const features = second.features.map((f) => ({ ...f, causes: { lost: 2 }, artifacts: [{ kind: 'lambda', sha256: 'third' }] }));
  await appendRun(file, { run: chosen, features, errors: [] }, opening);
  const found = await verdictsOn(file, 'viewers', opening);
  const written = [first, ofDay, { run: chosen, features }].map(({ run, features: reports }) => {
    const report = reports.find((f) => f.feature === 'viewers');
    return {
      run: run.id,
      startedAt: run.startedAt,
      mode: run.mode,
      verdict: report?.verdict,
      version: report?.version,
      batchVersion: report?.batchVersion,
      lambdaVersion: report?.lambdaVersion,
      artifacts: Object.fromEntries(report?.artifacts.map((a) => [a.kind, a.sha256]) ?? []),
      causes: report?.causes,
      batchEngine: run.batchEngine,
      streamEngine: run.streamEngine,
      chosenPoints: run === chosen,
      interval: run === ofDay.run ? interval : null,
      samples: report?.samples,
      census: report?.census,
      upperBound: report?.upperBound,
      target: report?.target,
      confidence: report?.confidence,
    };
  });
  expect(found).toEqual(written);
  expect(new Set(written.map((w) => JSON.stringify([w.causes, w.artifacts]))).size).toBe(3);
  expect(await verdictsOn(file, 'nobody', opening)).toEqual([]);
});

test('what was written is read again, run by run', async () => {
  const file = await newFile();
  await appendRun(file, first, opening);
  await appendRun(file, second, opening);
  expect(await readRuns(file, opening)).toEqual([first, second]);
});

test('of old runs the report reads verdicts and bounds alone, of each feature and mode the last run whole', async () => {
  const file = await newFile();
  const third = { ...reportedRun('20260103T010000Z-000003', '2026-01-03T01:00:00.000000', [featureReport('viewers', { mode: 'logic' })]) };
  const logic = { ...third, run: { ...third.run, mode: 'logic' as const } };
  for (const run of [second, logic, first]) await appendRun(file, run, opening);
  const read = await readRuns(file, opening, 'latest');
  expect(read.map((r) => r.run.id)).toEqual([first, second, logic].map((r) => r.run.id));
  expect(read[0]?.features[0]).toMatchObject({ verdict: 'UNDECIDED', upperBound: 0.0123456789012345, differences: [], strata: [] });
  expect(read.slice(1)).toEqual([second, logic]);
  const [whole, ...others] = await readRuns(file, opening, [first.run.id]);
  expect(whole).toEqual(first);
  expect(others.flatMap((r) => r.features.flatMap((f) => f.differences))).toEqual([]);
});

test('SQL written by hand finds it, too', async () => {
  const file = await newFile();
  await appendRun(file, first, opening);
  await appendRun(file, second, opening);
  expect(await ask(file, 'SELECT run_id, started_at::VARCHAR, seed FROM runs ORDER BY started_at')).toEqual([
    ['20260101T010000Z-000001', '2026-01-01 01:00:00', hostile],
    ['20260102T010000Z-000002', '2026-01-02 01:00:00.123456', hostile],
  ]);
  expect(
    await ask(file, 'SELECT feature, verdict, upper_bound, more_needed::INT, drawn::INT FROM features ORDER BY run_id, ordinal'),
  ).toEqual([
    ['viewers', 'UNDECIDED', 0.0123456789012345, 42, 10],
    ['viewers', 'PROVEN', 0, null, 10],
    [hostile, 'UNDECIDED', null, 42, 10],
  ]);
  expect(
    await ask(
      file,
      `SELECT entity ->> 'stream_id', as_of::VARCHAR, batch ->> '$', value, witness -> '$.events.views.batch' ->> 1 ->> 'view_id'
       FROM differences WHERE run_id LIKE '20260101%' AND cause = 'late'`,
    ),
  ).toEqual([[hostile, '2026-01-01 11:10:00', hostile, 'null', 'v2']]);
  expect(await ask(file, "SELECT sum(compared)::INT FROM outcomes WHERE outcome = 'equal'")).toEqual([[339]]);
});

test('a writer that dies leaves a new file without runs, and an old one as it was', async () => {
  const file = await newFile();
  expect((await child(...writer, file, 'dead', 'die')).signal).toBe('SIGKILL');
  await expect(readRuns(file, opening)).rejects.toThrow('has no runs yet');
  await appendRun(file, first, opening);
  expect((await child(...writer, file, 'dead', 'die')).signal).toBe('SIGKILL');
  expect(await readRuns(file, opening)).toEqual([first]);
  await appendRun(file, second, opening);
  expect(await readRuns(file, opening)).toEqual([first, second]);
});

test('a disk that fills up leaves it as it was', async () => {
  const file = await newFile();
  await appendRun(file, first, opening);
  // No file may grow beyond 300 KB: the rows of nine runs do not fit.
  const { code, err } = await child('bash', '-c', `trap '' XFSZ; ulimit -f 300; exec "$@"`, 'bash', ...writer, file, 'full', '9');
  expect(code).not.toBe(0);
  expect(err).toMatch(/File too large|write|IO Error/i);
  const kept = await readRuns(file, opening);
  expect(kept[0]).toEqual(first);
  for (const { features } of kept.slice(1)) expect(features).toHaveLength(20);
  await appendRun(file, second, opening);
  expect(await readRuns(file, opening)).toContainEqual(second);
});

test('two writers at once lose nothing', async () => {
  const file = await newFile();
  const done = await Promise.all(['a', 'b'].map((name) => child(...writer, file, name, '3')));
  expect(done.map((d) => d.code)).toEqual([0, 0]);
  const runs = await readRuns(file, opening);
  expect(runs.map((r) => r.run.id).sort()).toEqual(['a-1', 'a-2', 'a-3', 'b-1', 'b-2', 'b-3']);
  for (const { features } of runs) expect(features).toHaveLength(20);
});

test('failures are kept beside the verdicts, also of a run without a verdict', async () => {
  const file = await newFile();
  const bare = reportedRun(
    '20260103T010000Z-000003',
    '2026-01-03T01:00:00.000000',
    [],
    [
      { feature: 'viewers', message: "duckdb failed: 'Ann'", plain: 'duckdb failed' },
      { feature: 'sellers', message: 'no table', plain: 'no table' },
    ],
  );
  for (const run of [first, bare]) await appendRun(file, run, opening);
  expect(await ask(file, 'SELECT run_id, ordinal::INT, feature, message, plain FROM failures ORDER BY ordinal')).toEqual([
    [bare.run.id, 1, 'viewers', "duckdb failed: 'Ann'", 'duckdb failed'],
    [bare.run.id, 2, 'sellers', 'no table', 'no table'],
  ]);
  expect(await readRuns(file, opening, 'latest')).toEqual([first, bare]);
  expect(await readRuns(file, opening, [])).toMatchObject([{ errors: [] }, bare]);
  // No verdict: neither for promote and guard, nor for the nights of the bound; by risk it is red.
  expect((await verdictsOn(file, 'viewers', opening)).map((v) => v.run)).toEqual([first.run.id]);
  const later = BigInt(Date.parse('2026-01-04T00:00:00Z')) * 1000n;
  expect((await earlierNights(file, 'replay', later, opening))('viewers', 'aaaabbbbccccdddd')).toBe(1);
  const none = { version: null, verdict: null, startedAt: '2026-01-03T01:00:00.000000' };
  expect(await lastVerdicts(file, 'replay', opening)).toEqual(
    new Map([
      ['viewers', none],
      ['sellers', none],
    ]),
  );
  expect(await lastVerdicts(file, 'logic', opening)).toEqual(new Map());
  expect(riskOf('aaaabbbbccccdddd', none)).toBe('red');
});

test('a file that somebody holds: a kind word, and then an end', async () => {
  const file = await newFile();
  await appendRun(file, first, opening);
  const holder = spawn(process.execPath, [
    '-e',
    `require('@duckdb/node-api').DuckDBInstance.create(process.argv[1]).then((i) => i.connect()).then(() => { console.log('held'); setInterval(() => {}, 1000); })`,
    file,
  ]);
  await new Promise((held) => holder.stdout.once('data', held));
  const said: string[] = [];
  await expect(appendRun(file, second, { say: (text) => said.push(text), patience: 200 })).rejects.toThrow('is held by another process');
  expect(said).toEqual([expect.stringContaining('waiting for the history')]);
  holder.kill('SIGKILL');
  await appendRun(file, second, { say: () => {}, patience: 10_000 });
  expect(await readRuns(file, opening)).toEqual([first, second]);
});

test('files that are no history, or of another version, are refused', async () => {
  const folder = await folderWith({});
  await put(folder, { 'text.duckdb': 'not a database, however long one reads it. '.repeat(400) });
  await expect(readRuns(join(folder, 'text.duckdb'), opening)).rejects.toThrow('is no history of Lockstep');
  await expect(readRuns(join(folder, 'none.duckdb'), opening)).rejects.toThrow('there is no history');
  expect(existsSync(join(folder, 'none.duckdb'))).toBe(false);
  await ask(join(folder, 'own.duckdb'), 'CREATE TABLE mine (x INT)');
  await expect(appendRun(join(folder, 'own.duckdb'), first, opening)).rejects.toThrow('is a DuckDB file, and no history');
  const file = join(folder, 'new.duckdb');
  await appendRun(file, first, opening);
  await ask(file, 'UPDATE lockstep_history SET schema_version = 99');
  await expect(appendRun(file, second, opening)).rejects.toThrow('written by a newer Lockstep');
  await expect(readRuns(file, opening)).rejects.toThrow('written by a newer Lockstep');
});

test('a file of an older version is read, and gets what it lacks with the next run', async () => {
  const file = await newFile();
  await appendRun(file, first, opening);
  for (const sql of ['DROP TABLE deviations', 'UPDATE lockstep_history SET schema_version = 1']) await ask(file, sql);
  const bare = { ...first, features: first.features.map((f) => ({ ...f, deviations: [] })) };
  expect(await readRuns(file, opening)).toEqual([bare]);
  await appendRun(file, second, opening);
  expect(await readRuns(file, opening)).toEqual([bare, second]);
  expect(await ask(file, 'SELECT schema_version FROM lockstep_history')).toEqual([[2n]]);
});

test('a file that an older Lockstep wrote without failures is read, and stays one that it reads', async () => {
  const file = await newFile();
  await appendRun(file, first, opening);
  await ask(file, 'DROP TABLE failures');
  expect(await readRuns(file, opening)).toEqual([first]);
  expect((await lastVerdicts(file, 'replay', opening)).get('viewers')).toMatchObject({ verdict: 'UNDECIDED' });
  await appendRun(file, second, opening);
  expect(await readRuns(file, opening)).toEqual([first, second]);
  expect(await ask(file, 'SELECT schema_version FROM lockstep_history')).toEqual([[2n]]);
});

test('a column has one name and a meaning; ids sort by time', () => {
  for (const { columns } of tables) {
    expect(new Set(columns.map((c) => c.name)).size).toBe(columns.length);
    for (const { meaning } of columns) expect(meaning).not.toBe('');
  }
  expect(runId('2026-01-31T01:30:00.123456', 'abcdef')).toBe('20260131T013000Z-abcdef');
});

test('nights of a version are counted by date, those of this night and of other modes left out', async () => {
  const file = await newFile();
  const again = reportedRun('20260102T230000Z-000003', '2026-01-02T23:00:00.000000', [featureReport('viewers')]);
  for (const run of [first, second, again]) await appendRun(file, run, opening);
  const micros = (date: string): bigint => BigInt(Date.parse(date)) * 1000n;
  const of = async (mode: string, date: string, feature = 'viewers', version = 'aaaabbbbccccdddd') =>
    (await earlierNights(file, mode, micros(date), opening))(feature, version);
  expect(await of('replay', '2026-01-03T00:00:00Z')).toBe(2);
  expect(await of('replay', '2026-01-02T12:00:00Z')).toBe(1);
  expect(await of('served', '2026-01-03T00:00:00Z')).toBe(0);
  expect(await of('replay', '2026-01-03T00:00:00Z', 'viewers', 'another version')).toBe(0);
});
