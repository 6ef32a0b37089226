/** The example's code location under Dagster: dbt builds, parity reports through Pipes, and each feature has its check. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { integer, varchar } from '../../../compiler/sql-type.ts';
import { executed, queried } from '../../batch/market-file.ts';
import { missingParts } from '../in-stack.ts';
import { type Check, day, features, marketNight, type Night, python, valuesOf, versionOf } from './market-night.ts';

let folder = '';
const checked = (...of: readonly string[]): Promise<Night> => python({ project: folder }, 'run', day, 'checks', ...of);

describe.skipIf(missingParts.includes('dagster'))('a night in Dagster', () => {
  beforeAll(async () => {
    folder = await marketNight();
  });

  test('what Dagster knows: assets of features with owners and freshness, a check of each, a schedule of daily partitions', async () => {
    const found = await python<Record<string, Record<string, unknown>>>({ project: folder }, 'definitions');
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
    const { success, checks, failures, logs, models } = await python<Night>({ project: folder }, 'run', day, 'all');
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
    // What dbt's adapter says of the tables, as they are.
    const [rows] = await queried(folder, 'SELECT count(*) FROM features.seller_gmv', integer);
    expect(models['seller_gmv__grid']).toEqual({
      rows: Number(rows?.[0]),
      columns: [
        'seller_id',
        'as_of',
        ...['gmv_1h', 'orders_1h', 'gmv_24h', 'orders_24h', 'gmv_7d', 'orders_7d', 'average_order_7d'],
        'lockstep_version',
      ],
    });
    expect(logs).toContain(`PROVEN bidder_outbid: ${valuesOf(checks['bidder_outbid'] as Check)['points']} points, 0 differ`);
    expect(checks['seller_gmv']?.metadata).toMatchObject({
      upper_bound: ['FloatMetadataValue', '0.0'],
      target: ['FloatMetadataValue', '0.001'],
      owner: ['TextMetadataValue', 'seller-tools'],
    });
  });

  test('red: rows that were lost, with the cause, the interval, the owner and the way back; the others stay green', async () => {
    const table = `features."seller_gmv__${await versionOf(folder, 'seller_gmv')}"`;
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
