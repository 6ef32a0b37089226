/** The example's code location under Dagster: dbt builds, parity reports through Pipes, and each feature has its check. */
import { spawn } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { varchar } from '../../../compiler/sql-type.ts';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { executed, fileOf, marketFolder, queried } from '../../batch/market-file.ts';
import { first, until } from '../../marketplace/arrivals.ts';
import { lockstep } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';

interface Check {
  readonly passed: boolean;
  readonly severity: string;
  readonly partition: string;
  readonly metadata: Readonly<Record<string, readonly [type: string, value: string]>>;
  readonly incidents: readonly Readonly<Record<string, unknown>>[];
}

interface Night {
  readonly success: boolean;
  readonly checks: Readonly<Record<string, Check>>;
  readonly failures: readonly string[];
  readonly logs: readonly string[];
  readonly engine: readonly string[];
}

const features = ['bidder_outbid', 'seller_gmv', 'stream_chat_activity'];
const day = '2026-03-01';
let folder = '';

async function python<T>(...args: readonly string[]): Promise<T> {
  const env = {
    ...process.env,
    PATH: `${resolve(stackFolder, 'dbt/bin')}:${process.env['PATH']}`,
    LOCKSTEP_PROJECT: folder,
    PYTHONPATH: resolve('examples/dagster'),
    PYTHONDONTWRITEBYTECODE: '1',
    DAGSTER_DISABLE_TELEMETRY: 'yes',
    DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
  };
  const script = resolve('tests/stack/dagster/night.py');
  const ran = spawn(resolve(stackFolder, 'dagster/bin/python'), ['-W', 'ignore', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  const said = { out: '', err: '' };
  ran.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  ran.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const code = await new Promise<number | null>((done) => ran.on('close', done));
  expect(code, said.err.slice(-5000)).toBe(0);
  return JSON.parse(said.out.trimEnd().split('\n').at(-1) ?? '') as T;
}

const checked = (...of: readonly string[]): Promise<Night> => python('run', day, 'checks', ...of);
const valuesOf = ({ metadata }: Check): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(metadata).map(([name, [, value]]) => [name, value]));

describe.skipIf(missingParts.includes('dagster') || missingParts.includes('dbt'))('a night in Dagster', () => {
  beforeAll(async () => {
    folder = await marketFolder(until(first));
    const transforms = join(folder, 'transforms/features');
    for (const file of await readdir(transforms)) if (!features.includes(file.replace('.sql', ''))) await rm(join(transforms, file));
    const gmv = join(transforms, 'seller_gmv.sql');
    await writeFile(gmv, (await readFile(gmv, 'utf8')).replace('---*/', 'parity: { blocking: true }\n---*/'));
    await writeFile(
      join(folder, 'profiles.yml'),
      `marketplace: {target: local, outputs: {local: {type: duckdb, path: ${fileOf(folder)}, schema: features, threads: 1}}}\n`,
    );
    expect((await lockstep('compile', '--project', folder)).code).toBe(0);
  });

  test('what Dagster knows: assets of features with owners and freshness, a check of each, a schedule of daily partitions', async () => {
    const found = await python<Record<string, Record<string, unknown>>>('definitions');
    const owners = Object.fromEntries(Object.entries(found['owners'] ?? {}).filter(([name]) => features.includes(name)));
    expect(owners).toEqual({
      bidder_outbid: ['team:auctions'],
      seller_gmv: ['team:seller-tools'],
      stream_chat_activity: ['team:feed-ranking'],
    });
    expect(found).toMatchObject({
      fresh: features,
      cron: '0 3 * * *',
      partitions: ['2026-03-01', '2026-03-02'],
      checks: {
        bidder_outbid: ['parity', false, 'auctions'],
        seller_gmv: ['parity', true, 'seller-tools'],
        stream_chat_activity: ['parity', false, 'feed-ranking'],
      },
    });
    expect(found['deps']).toMatchObject({ seller_gmv: expect.arrayContaining(['seller_gmv__grid']) });
  });

  test('green: dbt builds the day, and every feature is PROVEN in it', async () => {
    const { success, checks, failures, logs } = await python<Night>('run', day, 'all');
    expect([success, failures]).toEqual([true, []]);
    expect(Object.entries(checks).map(([name, { passed, partition, metadata }]) => [name, passed, partition, metadata['verdict']])).toEqual(
      features.map((name) => [name, true, day, ['TextMetadataValue', 'PROVEN']]),
    );
    // The day has 24 hours, whatever else the raw rows reach to.
    const [row] = await queried(
      folder,
      'SELECT count(DISTINCT as_of)::VARCHAR, min(as_of)::VARCHAR, max(as_of)::VARCHAR FROM features.seller_gmv',
      ...[varchar, varchar, varchar],
    );
    expect(row).toEqual(['24', '2026-03-01 00:00:00', '2026-03-01 23:00:00']);
    expect(logs).toContain(`PROVEN bidder_outbid: ${valuesOf(checks['bidder_outbid'] as Check)['points']} points, 0 differ`);
    expect(checks['seller_gmv']?.metadata).toMatchObject({
      upper_bound: ['FloatMetadataValue', '0.0'],
      target: ['FloatMetadataValue', '0.001'],
      owner: ['TextMetadataValue', 'seller-tools'],
    });
  });

  test('red: rows that were lost, with the cause, the interval, the owner and the way back; the others stay green', async () => {
    const table = `features."seller_gmv__${await versionOf('seller_gmv')}"`;
    await executed(folder, `CREATE TABLE kept AS FROM ${table}`);
    await executed(folder, `DELETE FROM ${table} WHERE as_of BETWEEN '2026-03-01 13:00' AND '2026-03-01 15:00'`);
    const { success, checks, failures } = await checked('seller_gmv', 'bidder_outbid');
    // All verdicts are there; what waits for a check that blocks is held up.
    expect([success, failures]).toEqual([
      false,
      [expect.stringContaining('1 blocking asset check failed with ERROR severity:\nseller_gmv: parity')],
    ]);
    expect(checks['bidder_outbid']?.passed).toBe(true);
    const gmv = checks['seller_gmv'] as Check;
    expect([gmv.passed, gmv.severity, gmv.partition]).toEqual([false, 'ERROR', day]);
    expect(valuesOf(gmv)).toMatchObject({
      verdict: 'VIOLATED',
      owner: 'seller-tools',
      why: expect.stringMatching(/^\*\*lost\*\*: Table: /),
      way_back: expect.stringContaining('lockstep materialize seller_gmv --target TARGET --from 2026-03-01T13:00:00.000000 '),
    });
    expect(gmv.incidents).toMatchObject([
      { cause: 'lost', from: '2026-03-01T13:00:00.000000', to: '2026-03-01T15:00:00.000000', explained: false },
    ]);
    await executed(folder, `DELETE FROM ${table}`);
    await executed(folder, `INSERT INTO ${table} FROM kept`);
    expect((await checked('seller_gmv')).checks['seller_gmv']?.passed).toBe(true);
  });

  test('a table that is not there is a red check of its own feature', async () => {
    await executed(folder, 'ALTER VIEW features.bidder_outbid RENAME TO elsewhere');
    const { success, checks } = await checked('bidder_outbid', 'seller_gmv');
    await executed(folder, 'ALTER VIEW features.elsewhere RENAME TO bidder_outbid');
    expect([success, checks['bidder_outbid']?.passed, checks['seller_gmv']?.passed]).toEqual([true, false, true]);
    expect(valuesOf(checks['bidder_outbid'] as Check)).toMatchObject({
      verdict: 'not compared',
      owner: 'auctions',
      because: expect.stringContaining('no table of it'),
    });
  });

  test('what keeps parity from asking fails the step, with the message: no check is green', async () => {
    const sources = join(folder, 'transforms/sources.yml');
    const text = await readFile(sources, 'utf8');
    await writeFile(sources, 'streams: [');
    const { success, checks, failures, engine } = await checked('seller_gmv');
    await writeFile(sources, text);
    expect([success, checks]).toEqual([false, {}]);
    expect(failures.join('\n')).toContain('External execution process failed with code');
    expect(engine.join('\n')).toContain('Error: the feature seller_gmv does not compile');
  });
});

async function versionOf(name: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(folder, 'build/manifest.json'), 'utf8'));
  return manifest.features.find((f: { name: string }) => f.name === name).version;
}
