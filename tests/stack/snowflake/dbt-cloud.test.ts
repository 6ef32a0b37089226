/**
 * `lockstep materialize` through a job of dbt Cloud, end to end: a service with its documented routes runs the steps that it is given, by the
 * dbt that is installed here on the emulated server, and serves what that dbt wrote. Emulated: dbt Cloud itself was never asked.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadProject } from '../../../runners/cli/load.ts';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { compare } from '../../../runners/parity/compare.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { at, instantOf } from '../../batch/market-file.ts';
import { type CloudServer, cloudServer, token, type Worked } from '../../dbt/cloud-server.ts';
import { first, hour, start, until } from '../../marketplace/arrivals.ts';
import { catalog, featureNamed } from '../../marketplace/world.ts';
import { folderWith, lockstep, put, type Ran } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { database, schema, tableOf, temporaryAsOrdinary, writeProject, writeRaw } from './market.ts';
import { queryIdOfErrors } from './rowset.ts';
import { targetLine } from './target.ts';

const isMissing = ['dbt', 'fakesnow', 'apache-arrow'].some((part) => missingParts.includes(part));
const root = fileURLToPath(new URL('../../..', import.meta.url));
const names = ['stream_chat_activity', 'platform_totals'];
const [chat = ''] = names;

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let cloud: CloudServer;
  let session: Session;
  let folder = '';
  let dbtFolder = '';
  let broken: RegExp | null = null;
  const steps: string[] = [];

  beforeAll(async () => {
    server = await startFakesnow((sql) => (broken?.test(sql) === true ? 'SELECT nothing FROM nowhere' : temporaryAsOrdinary(sql)));
    session = await openSession(server.settings);
    await session.run(`CREATE DATABASE IF NOT EXISTS ${database}`);
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${database}.${schema}`);
    folder = await folderWith({});
    await cp(join(root, 'transforms'), join(folder, 'transforms'), { recursive: true });
    for (const file of await readdir(join(folder, 'transforms/features')))
      if (!names.includes(file.replace('.sql', ''))) await rm(join(folder, 'transforms/features', file));
    await put(folder, { 'lockstep.yml': 'name: marketplace\n' });
    dbtFolder = await writeProject(server, (await loadProject(folder)).compiled.files);
    cloud = await cloudServer();
    cloud.works = works;
    process.env['DBT_CLOUD_TOKEN'] = token;
    const job = `dbt: { cloud: { host: "${cloud.url}", account_id: 7, job_id: 42, token: "{{ env_var('DBT_CLOUD_TOKEN') }}" } }`;
    const line = targetLine({ ...server, settings: { ...server.settings, database, schema } }, `, warehouse_size: Small, ${job}`);
    await put(folder, { 'lockstep.yml': `name: marketplace\ntargets:\n  ${line}\n` });
    await writeRaw(session, until(first));
  }, 120_000);

  afterAll(async () => {
    await session?.close();
    await server?.stop();
  });

  /** As dbt Cloud reads a step: words of a shell. */
  async function works(given: readonly string[]): Promise<Worked> {
    steps.push(...given);
    const target = await mkdtemp(join(tmpdir(), 'lockstep-cloud-'));
    const env = {
      ...process.env,
      PATH: `${resolve(stackFolder, 'dbt/bin')}:${process.env['PATH']}`,
      ...{ DBT_PROFILES_DIR: dbtFolder, DBT_TARGET_PATH: target, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' },
    };
    const [code] = (await once(spawn('sh', ['-ec', given.join('\n')], { cwd: dbtFolder, env, stdio: 'ignore' }), 'close')) as [number];
    const artifact = (name: string): Promise<string | null> => readFile(join(target, name), 'utf8').catch(() => null);
    const worked = { succeeded: code === 0, results: await artifact('run_results.json'), manifest: await artifact('manifest.json') };
    await rm(target, { recursive: true, force: true });
    return worked;
  }

  const materialize = (name: string, ...more: readonly string[]): Promise<Ran> =>
    lockstep('materialize', name, '--project', folder, '--target', 'snow', ...more);
  const span = (name: string): readonly string[] => ['--from', at(instantOf(name, start)), '--to', at(instantOf(name, first))];
  const numbers = async (sql: string): Promise<readonly (readonly number[])[]> => (await session.run(sql)).map((row) => row.map(Number));
  const relation = (name: string): string => `${database}.${schema}.${name}`;

  /** Rows that are not what the reference says, and how many there are at all. */
  async function compared(name: string): Promise<readonly [unknown, number]> {
    const { feature } = featureNamed(name);
    const keys = feature.entity.length;
    const rows = await tableOf(session, name);
    const spine = rows.map((row) => ({ entity: row.slice(0, keys), asOf: row[keys] as bigint }));
    const meant = evaluateFeature(feature, catalog, until(first), spine, { knowledge: 'event' });
    return [
      compare(
        feature.outputs,
        rows.map((row) => row.slice(keys + 1)),
        meant,
      ).differences,
      rows.length,
    ];
  }

  test('each chunk is a run of the job, and the tables are what the reference says', async () => {
    const ran = await materialize(chat, ...span(chat), '--chunk', '16', '--format', 'json');
    expect(ran.code, ran.err).toBe(0);
    const [differences, count] = await compared(chat);
    expect(differences).toEqual([]);
    const {
      features: [done],
    } = JSON.parse(ran.out);
    expect(done).toMatchObject({ chunks: 2, chunksLeft: 0, rows: count, lateEvents: 0, shown: featureNamed(chat).version });
    expect(count).toBeGreaterThan(0);
    expect(await numbers(`SELECT COUNT(*) FROM ${relation(chat)}`)).toEqual([[count]]);
    const [from, middle, to] = [instantOf(chat, start), instantOf(chat, start) + 16n * hour, instantOf(chat, first)];
    expect(steps.map((step) => /^dbt (\w+) --select (\S+)/.exec(step)?.slice(1))).toEqual([
      ['run', 'lockstep_runs'],
      ['run', `${chat}__grid`],
      ['build', `'${chat}__grid,test_type:data'`],
      ['run', `${chat}__grid`],
    ]);
    expect(steps.filter((step) => step.endsWith(' --full-refresh'))).toEqual([steps[1]]);
    expect(steps[3]).toBe(`dbt run --select ${chat}__grid --vars '{"lockstep_from":"${at(middle)}","lockstep_to":"${at(to)}"}'`);
    const micros = (column: string): string => `DATE_PART(EPOCH_MICROSECOND, ${column})`;
    expect(
      await numbers(
        `SELECT ${micros('interval_start')}, ${micros('interval_end')} FROM ${relation('lockstep_runs')} WHERE feature = '${chat}' AND complete ORDER BY recorded_at`,
      ),
    ).toEqual([
      [Number(from), Number(middle)],
      [Number(middle), Number(to)],
    ]);
  });

  test('once more: the last instant alone, and no row twice', async () => {
    const before = (await tableOf(session, chat)).map(String);
    const { code, out } = await materialize(chat, '--to', at(instantOf(chat, first)), '--format', 'json');
    expect([code, JSON.parse(out).features[0].instants]).toEqual([0, 1]);
    expect((await tableOf(session, chat)).map(String)).toEqual(before);
  });

  test('a chunk that fails there: the node is named, nothing is half-written, and the same command goes on', async () => {
    const name = 'platform_totals';
    // The first chunk makes the relation.
    broken = new RegExp(`^\\s*INSERT INTO ${relation(name)}__`, 'i');
    const failed = await materialize(name, ...span(name), '--chunk', '20', '--raw').finally(() => {
      broken = null;
    });
    expect(failed.code).toBe(2);
    expect(failed.err).toContain(`error: ${name}: dbt failed: ${name}__grid: Database Error in model ${name}__grid`);
    expect(failed.out + failed.err).not.toContain(token);
    expect(failed.err).toMatch(
      new RegExp(`hint: (query ${queryIdOfErrors} in Snowflake's history, )?node model.marketplace.${name}__grid`),
    );
    expect(await numbers(`SELECT COUNT(*) FROM ${relation('lockstep_runs')} WHERE feature = '${name}' AND complete`)).toEqual([[1]]);
    const again = await materialize(name, ...span(name), '--chunk', '20');
    expect(again.code, again.err).toBe(0);
    const [differences, count] = await compared(name);
    expect(differences).toEqual([]);
    expect(count).toBe(Number((instantOf(name, first) - instantOf(name, start)) / BigInt(featureNamed(name).feature.every ?? 0)));
  });
});
