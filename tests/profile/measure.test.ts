/** A profile of data that is known: what is scanned and what is needed are counted by hand, and once more by SQL over the files. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { varchar } from '../../compiler/sql-type.ts';
import { loadProject } from '../../runners/cli/load.ts';
import { readEvents } from '../../runners/data/events.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { measure } from '../../runners/profile/measure.ts';
import type { Profile } from '../../runners/profile/profile.ts';
import { withStoreOf } from '../../runners/profile/store.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { feature } from '../cli/viewers.ts';
import { lockstep, put } from '../support/cli.ts';
import {
  asOf,
  hour,
  inLastHour,
  inLastTwoHours,
  knownProject,
  perPing,
  shareFeature,
  spineOf,
  stored,
  twoWindows,
  withPings,
  withStreams,
} from './known.ts';

async function profileOf(folder: string, name = 'viewers', ...more: readonly string[]): Promise<Profile> {
  const data = more.includes('--store') ? [] : ['--events', `${folder}/events`];
  const { code, out, err } = await lockstep('profile', name, '--project', folder, ...data, '--requests', '3', '--format', 'json', ...more);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

const onSpine = (folder: string, name = 'viewers') => profileOf(folder, name, '--spine', `${folder}/spine.ndjson`);
const read = (profile: Profile, batch = 0) =>
  profile.batches[batch]?.sources.map(({ name, byEntity, scans, scanned, inWindow, needed }) => [
    name,
    byEntity,
    scans,
    scanned,
    inWindow,
    needed,
  ]);

test('all rows of a small store are scanned; needed are those of the entity in the window', async () => {
  const folder = await knownProject();
  const profile = await onSpine(folder);
  expect(profile.data).toMatchObject({
    asOf: `${asOf}.000000`,
    entities: { asked: 1, found: null },
    sources: [{ name: 'views', rows: stored }],
  });
  expect(read(profile)).toEqual([['views', true, 1, stored, inLastHour, 10]]);
});

test('SQL that somebody wrote over the files counts the same', async () => {
  const folder = await knownProject();
  const connection = await openDuckdb();
  const file = `read_json('${folder}/events/views.ndjson')`;
  const own = async (condition: string): Promise<number> => {
    const sql = `SELECT count(DISTINCT view_id)::VARCHAR FROM ${file} WHERE ${condition}`;
    return Number((await connection.query(sql, [{ name: 'n', type: varchar }]))[0]?.[0]);
  };
  const window = `viewed_at < TIMESTAMP '${asOf}' AND viewed_at >= TIMESTAMP '${asOf}' - INTERVAL 1 HOUR`;
  const profile = await onSpine(folder);
  expect(read(profile)).toEqual([['views', true, 1, await own('true'), await own(window), await own(`${window} AND stream_id = 's1'`)]]);
  connection.close();
});

test('two windows on one source: it is scanned twice, and each row is needed once', async () => {
  const folder = await knownProject({ 'transforms/features/both.sql': twoWindows });
  expect(read(await onSpine(folder, 'both'))).toEqual([['views', true, 2, 2 * stored, inLastTwoHours, 14]]);
});

test('a CTE that nobody reads needs nothing', async () => {
  const text = feature(`WITH unread AS (SELECT COUNT(*) AS n FROM views WHERE viewed_at >= as_of() - INTERVAL '2 hours')
SELECT stream_id, COUNT(*) AS n FROM views WHERE ${hour} GROUP BY stream_id`);
  const folder = await knownProject({ 'transforms/features/own.sql': text });
  expect(read(await onSpine(folder, 'own'))).toEqual([['views', true, 1, stored, inLastHour, 10]]);
});

test('at two instants: the mean of both windows', async () => {
  const folder = await knownProject({ 'spine.ndjson': spineOf('s1') + spineOf('s1').replace('T12', 'T11') });
  // In the hour before 11:00 there are 4 rows of s1 and 3 of s4.
  expect(read(await onSpine(folder))).toEqual([['views', true, 1, stored, (inLastHour + 7) / 2, (10 + 4) / 2]]);
});

test('what the feature reads of everyone is needed', async () => {
  const folder = await knownProject({ 'transforms/features/share.sql': shareFeature });
  expect(read(await onSpine(folder, 'share'))).toEqual([['views', false, 2, 2 * stored, inLastTwoHours, 14 + inLastHour - 10]]);
});

test('of a table the versions in force are needed, of its history all that can be seen', async () => {
  const version = (stream: string, day: string) =>
    `${JSON.stringify({ stream_id: stream, title: `t${day}`, updated_at: `${day}T00:00:00` })}\n`;
  const folder = await knownProject({
    'transforms/sources.yml': withStreams,
    'transforms/features/title.sql': feature('SELECT stream_id, title FROM streams'),
    'transforms/features/titles.sql': feature('SELECT stream_id, COUNT(*) AS n FROM streams_history GROUP BY stream_id'),
    // The last version of s1 is not seen yet.
    'events/streams.ndjson': ['2025-12-01', '2025-12-02', '2025-12-03', '2026-02-01']
      .map((day) => version('s1', day))
      .concat(version('s2', '2025-12-01'))
      .join(''),
  });
  expect(read(await onSpine(folder, 'title'))).toEqual([['streams', true, 1, 5, 2, 1]]);
  expect(read(await onSpine(folder, 'titles'))).toEqual([['streams', true, 1, 5, 4, 3]]);
});

test('one row for the platform: nothing can be asked together', async () => {
  const folder = await knownProject({
    'transforms/features/all_views.sql': feature(`SELECT COUNT(*) AS n FROM views WHERE ${hour}`, 'entity: []'),
  });
  const profile = await profileOf(folder, 'all_views');
  expect(profile.batches.map((b) => b.entities)).toEqual([1]);
  // A microsecond after the newest event, the last hour is that of a minute earlier.
  expect(read(profile)).toEqual([['views', false, 1, stored, inLastHour, inLastHour]]);
});

test('ten together: scanned once, needed by any of them', async () => {
  const nobody = Array.from({ length: 7 }, (_, i) => `n${i}`);
  const folder = await knownProject({ 'spine.ndjson': spineOf('s1', 's2', 's4', ...nobody) });
  const profile = await onSpine(folder);
  expect(profile.batches.map((b) => [b.entities, b.requests, b.profiled])).toEqual([
    [1, 3, 10],
    [10, 3, 10],
  ]);
  expect(read(profile, 1)).toEqual([['views', true, 1, stored, inLastHour, 13]]);
  // Each of the ten once: 13 rows in ten requests.
  expect(read(profile, 0)?.[0]?.at(-1)).toBe(1.3);
});

test('without a spine entities with rows in the window are asked, the heaviest among them', async () => {
  const folder = await knownProject();
  const all = await profileOf(folder);
  expect(all.data.entities).toEqual({ asked: 3, found: 3 });
  const one = await profileOf(folder, 'viewers', '--entities', '1');
  expect(one.data.entities).toEqual({ asked: 1, found: 3 });
  expect(read(one)?.[0]?.at(-1)).toBe(10);
});

test('where one source goes on after the events of the entities, they are asked while they had rows', async () => {
  const folder = await knownProject({
    'transforms/sources.yml': withPings,
    'transforms/features/per_ping.sql': perPing,
    'events/pings.ndjson': '{"ping_id":"p1","pinged_at":"2026-01-02T00:00:00"}\n',
  });
  const profile = await profileOf(folder, 'per_ping');
  expect(profile.data).toMatchObject({ asOf: '2026-01-01T11:59:00.000001', entities: { asked: 3, found: 3 } });
});

test('groups of rows that lie before the window are not scanned', async () => {
  const [group, more] = [122_880, 5000];
  const lines = Array.from({ length: group + more }, (_, i) => {
    const time = new Date(Date.parse(`${asOf}Z`) - (group + more - i) * 1000).toISOString().slice(0, 19);
    return `v${i},s${i % 100},u1,1,1,${time}`;
  });
  const folder = await knownProject();
  await put(folder, { 'more/views.csv': `view_id,stream_id,user_id,price,weight,viewed_at\n${lines.join('\n')}\n` });
  const profile = await profileOf(folder, 'viewers', '--spine', `${folder}/spine.ndjson`, '--events', `${folder}/more`);
  expect(read(profile)).toEqual([['views', true, 1, more, 3600, 36]]);
});

test('times: stages are those of an execution, the latency is measured without the profiler', async () => {
  const [batch] = (await onSpine(await knownProject())).batches;
  expect(batch?.p50).toBeGreaterThan(0);
  expect(batch?.p99).toBeGreaterThanOrEqual(batch?.p50 ?? Number.NaN);
  expect(Object.keys(batch?.stages ?? {})).toEqual(['plan', 'scan', 'join', 'aggregate', 'window', 'rest']);
  for (const stage of ['plan', 'scan', 'join', 'aggregate'] as const) expect(batch?.stages[stage]).toBeGreaterThan(0);
  expect(batch?.stages.window).toBe(0);
});

test('a server’s store says the same as its events, and is only read', async () => {
  const folder = await knownProject();
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
  const file = `${folder}/store/events.duckdb`;
  const digest = async () =>
    createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  const before = await digest();
  const spine = ['--spine', `${folder}/spine.ndjson`];
  for (const place of [`${folder}/store`, file]) {
    const profile = await profileOf(folder, 'viewers', '--store', place, ...spine);
    expect(read(profile)).toEqual([['views', true, 1, stored, inLastHour, 10]]);
  }
  expect(await digest()).toBe(before);
});

test('the store of a server that runs is left alone', async () => {
  const folder = await knownProject();
  await lockstep('backfill', '--project', folder, '--events', `${folder}/events`, '--since', 'beginning', '--store', 'store');
  const file = `${folder}/store/events.duckdb`;
  const spine = ['--spine', `${folder}/spine.ndjson`];
  expect(
    await whileOpen(file, 'READ_WRITE', () => lockstep('profile', 'viewers', '--project', folder, '--store', `${folder}/store`, ...spine)),
  ).toEqual({ code: 2, out: '', err: `error: ${file} is in use by a server\nhint: profile while it is stopped, or with --events\n` });
  // Beside somebody who reads only another reader can be.
  const profile = await whileOpen(file, 'READ_ONLY', () => profileOf(folder, 'viewers', '--store', file, ...spine));
  expect(profile.data.sources).toEqual([{ name: 'views', rows: stored }]);
});

/** By another process: locks are between processes. */
async function whileOpen<T>(file: string, mode: string, work: () => Promise<T>): Promise<T> {
  const script = `const { DuckDBInstance } = require('@duckdb/node-api');
    DuckDBInstance.create(process.argv[1], { access_mode: process.argv[2] }).then((instance) => {
      globalThis.kept = instance;
      console.log('open');
      setInterval(() => {}, 1000);
    });`;
  const holder = spawn(process.execPath, ['-e', script, file, mode], { cwd: fileURLToPath(new URL('../../', import.meta.url)) });
  try {
    await once(holder.stdout, 'data');
    return await work();
  } finally {
    holder.kill();
    await once(holder, 'exit');
  }
}

test('nothing is printed by the engine afterwards: its profiler is off again', async () => {
  const folder = await knownProject();
  const { compiled, authored } = await loadProject(folder);
  const [viewers] = compiled.features;
  if (viewers === undefined) throw new Error('no feature');
  const { catalog } = authored;
  const { events } = await readEvents(`${folder}/events`, catalog.sources);
  const lambda = compiledLambda(viewers, catalog);
  const measuring = { compiled: viewers, lambda, catalog, ask: 2, requests: 1, at: asOf, onProgress: () => undefined };
  const setting = await withStoreOf(catalog.sources, events, async (connection) => {
    await measure(connection, measuring);
    return connection.query("SELECT value FROM duckdb_settings() WHERE name = 'enable_profiling'", [{ name: 'value', type: varchar }]);
  });
  expect(setting.flat().map((value) => value || null)).toEqual([null]);
});
