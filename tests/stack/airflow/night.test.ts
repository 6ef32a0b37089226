/** The example's DAG under Airflow: it is parsed, a day of it is built and compared, and a red feature is a failed task of its owner. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { integer } from '../../../compiler/sql-type.ts';
import { stackFolder } from '../../../runners/engines/clickhouse.ts';
import { executed, queried } from '../../batch/market-file.ts';
import { day, marketNight, versionOf } from '../dagster/market-night.ts';
import { missingParts } from '../in-stack.ts';

interface Run {
  readonly state: string;
  readonly interval: readonly string[];
  readonly tasks: Readonly<Record<string, string>>;
}

const without = missingParts.includes('airflow') || missingParts.includes('dbt');

describe.skipIf(without)('a night in Airflow', () => {
  const home = mkdtempSync(join(tmpdir(), 'lockstep-airflow-'));
  let project = '';

  /** The last line that it prints, and all that it said. */
  async function airflow(command: string, ...args: readonly string[]): Promise<{ readonly last: string; readonly said: string }> {
    const env = {
      ...process.env,
      AIRFLOW_HOME: home,
      AIRFLOW__CORE__LOAD_EXAMPLES: 'False',
      // What an installation may say for all tasks.
      AIRFLOW__CORE__DEFAULT_TASK_RETRIES: '2',
      AIRFLOW__CORE__DAGS_FOLDER: resolve('examples/airflow'),
      LOCKSTEP_PROJECT: project,
      LOCKSTEP_COMMAND: `node ${resolve('bin/lockstep.js')}`,
      LOCKSTEP_DBT: resolve(stackFolder, 'dbt/bin/dbt'),
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
      PYTHONDONTWRITEBYTECODE: '1',
      no_proxy: '127.0.0.1',
    };
    const child = spawn(resolve(stackFolder, 'airflow/bin', command), args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let [said, out] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const code = await new Promise<number | null>((done) => child.on('close', done));
    expect(code, said.slice(-10_000)).toBe(0);
    return { last: out.trimEnd().split('\n').at(-1) ?? '', said };
  }

  async function night<T>(...args: readonly string[]): Promise<T & { readonly said: string }> {
    const { last, said } = await airflow('python', '-W', 'ignore', resolve('tests/stack/airflow/night.py'), ...args);
    return { ...(JSON.parse(last) as T), said };
  }

  beforeAll(async () => {
    project = await marketNight();
    await airflow('airflow', 'db', 'migrate');
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test('what Airflow reads: no errors, a task of its owner for each feature, behind dbt', async () => {
    expect(await night('parsed')).toMatchObject({
      errors: [],
      dags: ['lockstep_night'],
      schedule: '0 3 * * *',
      tasks: {
        dbt_build: ['airflow', [], 2],
        'parity.bidder_outbid': ['auctions', ['dbt_build'], 0],
        'parity.seller_gmv': ['seller-tools', ['dbt_build'], 0],
        'parity.stream_chat_activity': ['feed-ranking', ['dbt_build'], 0],
      },
    });
  });

  test('green: dbt builds the day, and every feature is PROVEN in it', async () => {
    const { state, interval, tasks, said } = await night<Run>('run', day);
    expect({ state, interval, tasks }).toEqual({
      state: 'success',
      interval: ['2026-03-01T03:00', '2026-03-02T03:00'],
      tasks: {
        dbt_build: 'success',
        'parity.bidder_outbid': 'success',
        'parity.seller_gmv': 'success',
        'parity.stream_chat_activity': 'success',
      },
    });
    expect([...said.matchAll(/PROVEN {4}(\w+)/g)].map(([, feature]) => feature).sort()).toEqual([
      'bidder_outbid',
      'seller_gmv',
      'stream_chat_activity',
    ]);
    const hours = (at: string) => queried(project, `SELECT count(DISTINCT as_of) FROM features.seller_gmv WHERE ${at}`, integer);
    expect([await hours("as_of::DATE = '2026-03-01'"), await hours("as_of::DATE <> '2026-03-01'")]).toEqual([[[24n]], [[0n]]]);
  });

  test('red: rows that were lost fail the task of that feature; the others stay green', async () => {
    const table = `features."seller_gmv__${await versionOf(project, 'seller_gmv')}"`;
    await executed(project, `DELETE FROM ${table} WHERE as_of BETWEEN '2026-03-01 13:00' AND '2026-03-01 15:00'`);
    const { state, tasks, said } = await night<Run>('run', day, 'built');
    expect([state, tasks]).toEqual([
      'failed',
      {
        dbt_build: 'success',
        'parity.bidder_outbid': 'success',
        'parity.seller_gmv': 'failed',
        'parity.stream_chat_activity': 'success',
      },
    ]);
    expect(said).toMatch(/VIOLATED {2}seller_gmv/);
    expect(said).toContain('causes: lost');
  });

  test('undecided: a day that nothing was built for is skipped, not green', async () => {
    const { tasks } = await night<Run>('run', '2026-04-01', 'built');
    expect(tasks).toEqual({
      dbt_build: 'success',
      'parity.bidder_outbid': 'skipped',
      'parity.seller_gmv': 'skipped',
      'parity.stream_chat_activity': 'skipped',
    });
  });
});
