/**
 * The whole product in one evening: a broker, a server that ingests and answers, raw tables, dbt, and parity in Dagster,
 * which reads the tables, the server and the log of its answers. It is green; then five things go wrong, one at a time.
 */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boolean } from '../../../compiler/sql-type.ts';
import { executed, fileOf, marketFolder, queried } from '../../batch/market-file.ts';
import { lockstep } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Cluster, marketplaceCluster, type Process, serveProcess, sourcesOf, taken } from '../kafka/cluster.ts';
import { freePort } from '../kafka/processes.ts';
import {
  type Arrivals,
  arrivals,
  at,
  dayAfter,
  eveningDay,
  features,
  land,
  partitionOf,
  partitions,
  produce,
  valuesOf,
  weekBefore,
  yesterday,
} from './market.ts';
import { type Check, type Nights, openNights } from './night.ts';

const missing = ['kafka', 'dagster'].some((part) => missingParts.includes(part));
const maskKey = { LOCKSTEP_MASK_KEY: 'a key for the night' };
const [second, third, fourth, end] = [at('19:45'), at('20:15'), at('20:40'), '9'];
/** Of the bids' second partition this never reaches the topic. */
const lostHalfHour = [second, third] as const;

describe.skipIf(missing)('an evening', () => {
  let folder = '';
  let port = 0;
  let cluster: Cluster;
  let server: Process | undefined;
  let nights: Nights;
  /** Messages that the server must have taken, by source. */
  const sent = new Map<string, number>();

  const send = async (what: Arrivals): Promise<void> => {
    await produce(cluster, what);
    for (const [source, rows] of Object.entries(what)) sent.set(source, (sent.get(source) ?? 0) + rows.length);
  };
  const caughtUp = async (): Promise<void> => {
    for (const deadline = Date.now() + 60_000; ; await pause(100)) {
      const has = await sourcesOf(server as Process);
      const behind = [...sent].filter(([source, n]) => taken(has.get(source) ?? { source, complete_since: null }) < n);
      if (behind.length === 0) return;
      if (Date.now() > deadline) throw new Error(`not read: ${JSON.stringify(behind)} of ${JSON.stringify([...has.values()])}`);
    }
  };
  const start = async (store: string): Promise<void> => {
    const given = ['--project', folder, '--served-share', '1', '--group', store, '--keep-hours', '96'];
    // Where it is asked is known to Dagster.
    server = await serveProcess(cluster.broker.brokers, join(folder, store), { ...maskKey }, ...given, '--port', String(port));
  };
  const command = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await lockstep(...args);
    expect(code, `${args.join(' ')}\n${out}${err}`).toBe(0);
    return out;
  };
  const onServer = (...args: readonly string[]): Promise<string> => command(...args, '--url', server?.url ?? '');
  const promote = (feature: string, reason: string): Promise<string> =>
    onServer('lambda', 'promote', feature, '--force', '--reason', reason);
  /** As the home feed asks: about now, and about full quarters of an hour of the evening. */
  const load = async (): Promise<number> => {
    const [bidders, sellers, streams] = [
      valuesOf('bids', 'bidder_id'),
      valuesOf('listings', 'seller_id'),
      valuesOf('streams', 'stream_id'),
    ];
    const entities = {
      bidder_outbid: ['bidder_id', bidders],
      seller_gmv: ['seller_id', sellers],
      seller_live_now: ['seller_id', sellers],
      stream_chat_activity: ['stream_id', streams],
    } as const;
    const instants = [undefined, ...['18:00', '18:45', '19:00', '19:30', '20:00'].map(at)];
    let answered = 0;
    for (const asOf of instants)
      await Promise.all(
        features.map(async (feature) => {
          const [key, values] = entities[feature];
          const asked = {
            features: [feature],
            entities: values.map((value) => ({ [key]: value })),
            ...(asOf === undefined ? {} : { as_of: asOf }),
          };
          const { status, body } = await (server as Process).post('/features/query', asked);
          expect([status, JSON.stringify(body).includes('"error"')]).toEqual([200, false]);
          answered += values.length;
        }),
      );
    return answered;
  };
  const verdicts = (checks: Readonly<Record<string, Check>>): Record<string, string | undefined> =>
    Object.fromEntries(
      // dbt's own tests are checks, too.
      Object.entries(checks).flatMap(([name, check]) =>
        / (parity|served)$/.test(name) ? [[name, check.passed ? 'green' : check.says['verdict']]] : [],
      ),
    );
  const allGreen = (...names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.flatMap((name) => features.map((feature) => [`${feature} ${name}`, 'green'])));
  const red = (checks: Readonly<Record<string, Check>>, feature: string): Check => {
    const check = checks[`${feature} parity`];
    expect([check?.passed, check?.partition, check?.says['owner']]).toEqual([false, eveningDay, owners[feature]]);
    return check as Check;
  };
  const owners: Readonly<Record<string, string>> = {
    bidder_outbid: 'auctions',
    seller_gmv: 'seller-tools',
    seller_live_now: 'feed-ranking',
    stream_chat_activity: 'feed-ranking',
  };

  beforeAll(async () => {
    folder = await marketFolder(new Map());
    const own = join(folder, 'transforms/features');
    for (const file of await readdir(own))
      if (!(features as readonly string[]).includes(file.replace('.sql', ''))) await rm(join(own, file));
    await writeFile(
      join(folder, 'profiles.yml'),
      `marketplace: {target: local, outputs: {local: {type: duckdb, path: ${fileOf(folder)}, schema: features, threads: 1}}}\n`,
    );
    await command('compile', '--project', folder);
    [cluster, port] = await Promise.all([marketplaceCluster(partitions), freePort()]);
    nights = await openNights(
      folder,
      {
        target: 'local',
        lockstep: [process.execPath, resolve('bin/lockstep.js')],
        profiles: '.',
        engine: 'duckdb',
        first_day: weekBefore,
        realtime: `http://127.0.0.1:${port}`,
        tag: 'production',
        served_log: 'store/served',
        report: 'https://reports.example/parity.html',
      },
      maskKey,
    );
  }, 180_000);
  afterAll(async () => {
    console.log(nights?.took.map(({ what, seconds }) => `${what}: ${seconds.toFixed(1)} s`).join('\n'));
    await nights?.stop();
    await server?.kill('SIGKILL');
    await cluster?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test('is green: tables, server and what was answered agree', async () => {
    await start('store');
    await send(arrivals('0', second));
    await caughtUp();
    for (const feature of features) await promote(feature, 'the first night');
    expect(await load()).toBeGreaterThan(500);
    await land(folder, second);
    const checks = await nights.whole(eveningDay);
    expect(verdicts(checks)).toEqual(allGreen('parity', 'served'));
    expect(Number(checks['seller_gmv parity']?.says['points'])).toBeGreaterThan(300);
    expect(Number(checks['bidder_outbid served']?.says['points'])).toBeGreaterThan(100);
  });

  test('half an hour of a partition is lost: stream_gap; loaded from the warehouse, it is late, and green', async () => {
    const all = arrivals(...lostHalfHour);
    const lost = (all['bids'] ?? []).filter((bid) => partitionOf(bid) === 1);
    expect(lost.length).toBeGreaterThan(50);
    await send({ ...all, bids: (all['bids'] ?? []).filter((bid) => partitionOf(bid) !== 1) });
    await caughtUp();
    await land(folder, third);
    const checks = await nights.whole(eveningDay);
    expect(verdicts(checks)).toEqual({
      ...allGreen('parity', 'served'),
      'bidder_outbid parity': 'VIOLATED',
      // It was asked about instants before, when some of these had not arrived that were sent before.
      'bidder_outbid served': 'VIOLATED',
    });
    const { incidents, says } = red(checks, 'bidder_outbid');
    expect(incidents[0]).toMatchObject({ cause: 'stream_gap', sources: 'bids', to: at('20:00') });
    // The lost ones are of those that came from 19:45 on; an instant before has those that were late.
    expect(incidents[0]?.from.localeCompare(at('18:00'))).toBeGreaterThan(0);
    expect(says['why']).toMatch(/^\*\*stream_gap\*\*: Data: for a time nothing of the source reached the stream/);
    expect(says['way_back']).toContain('`lockstep backfill --target TARGET --since INSTANT --source bids`, while the server is stopped');
    await server?.kill('SIGTERM');
    const since = ['--target', 'local', '--since', at('00:00'), '--source', 'bids'];
    await command('backfill', '--project', folder, '--store', join(folder, 'store'), ...since);
    await start('store');
    expect(verdicts(await nights.check(eveningDay, 'parity', ['bidder_outbid']))).toEqual({ 'bidder_outbid parity': 'green' });
    const { 'bidder_outbid served': served } = await nights.check(eveningDay, 'served', ['bidder_outbid']);
    expect([served?.passed, Number(served?.says['explained'])]).toEqual([true, Number(served?.says['differ'])]);
    expect(Number(served?.says['explained'])).toBeGreaterThan(5);
  });

  test('dbt did not run: stale_table; a night later it is green', async () => {
    await send(arrivals(third, fourth));
    await caughtUp();
    await land(folder, fourth);
    const checks = await nights.check(eveningDay, 'parity', features);
    const { incidents, says } = red(checks, 'bidder_outbid');
    expect(incidents[0]).toMatchObject({ cause: 'stale_table', sources: '', to: at('20:30') });
    expect(says['way_back']).toContain('lockstep materialize bidder_outbid --target TARGET --from ');
    expect(verdicts(await nights.whole(eveningDay))).toEqual(allGreen('parity', 'served'));
  });

  test('an older version of the lambda: version_skew; rolled back, it is green', async () => {
    const older = join(folder, 'older');
    await cp(join(folder, 'transforms'), join(older, 'transforms'), { recursive: true });
    await cp(join(folder, 'lockstep.yml'), join(older, 'lockstep.yml'));
    const file = join(older, 'transforms/features/stream_chat_activity.sql');
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replaceAll("'20 minutes'", "'30 minutes'").replace(/examples:[\s\S]*---\*\//, '---*/'),
    );
    await onServer('lambda', 'deploy', 'stream_chat_activity', '--project', older);
    await promote('stream_chat_activity', 'by mistake');
    const checks = await nights.check(eveningDay, 'parity', features);
    expect(verdicts(checks)).toEqual({ ...allGreen('parity'), 'stream_chat_activity parity': 'VIOLATED' });
    const { incidents, says } = red(checks, 'stream_chat_activity');
    expect([...new Set(incidents.map(({ cause }) => cause))]).toEqual(['version_skew']);
    expect(says['way_back']).toContain('lockstep lambda roll-back stream_chat_activity production --to-proven');
    await onServer('lambda', 'roll-back', 'stream_chat_activity', 'production', '--to-proven', '--history', join(folder, 'parity.duckdb'));
    expect(verdicts(await nights.check(eveningDay, 'parity', features))).toEqual(allGreen('parity'));
  });

  test('a column is renamed upstream: features that read it are not compared, and say which it is', async () => {
    await executed(folder, 'ALTER TABLE auctions.bids RENAME COLUMN amount TO bid_amount');
    // dbt fails, and nothing is compared; its failure says what was renamed, and whose feature reads it.
    const failure = await nights.whole(eveningDay).then(String, String);
    expect(failure).toContain('night: FAILURE');
    expect(failure).toMatch(/\nbids\.AMOUNT: raw\.auctions\.bids does not have it; .* read by bidder_outbid \(auctions\)\n/);
    const checks = await nights.check(eveningDay, 'parity', features);
    expect(verdicts(checks)).toEqual({ ...allGreen('parity'), 'bidder_outbid parity': 'not compared' });
    const { says } = red(checks, 'bidder_outbid');
    expect(says['because']).toContain('the source bids: the column AMOUNT is declared');
    await executed(folder, 'ALTER TABLE auctions.bids RENAME COLUMN bid_amount TO amount');
    expect(verdicts(await nights.check(eveningDay, 'parity', features))).toEqual(allGreen('parity'));
  });

  test('a producer begins to write the wall clock of New York: time_zone; sent anew, it is green', async () => {
    const all = arrivals(fourth, end);
    const wall = (all['bids'] ?? []).map((bid) => ({ ...bid, bid_at: hoursBefore(bid['bid_at']) }));
    await send({ ...all, bids: wall });
    await caughtUp();
    await land(folder, end);
    const checks = await nights.whole(eveningDay);
    expect(verdicts(checks)).toMatchObject({ ...allGreen('parity'), 'bidder_outbid parity': 'VIOLATED' });
    const { incidents } = red(checks, 'bidder_outbid');
    expect(incidents[0]).toMatchObject({ cause: 'time_zone', sources: 'bids' });
    // The topic is written anew, and read by a replica that begins with nothing.
    await server?.kill('SIGTERM');
    await cluster.renew('bids');
    const right = arrivals('0', end);
    await produce(cluster, { bids: right['bids'] ?? [] });
    sent.set('bids', right['bids']?.length ?? 0);
    await start('again');
    await caughtUp();
    for (const feature of features) await promote(feature, 'a new replica');
    expect(verdicts(await nights.check(eveningDay, 'parity', features))).toEqual(allGreen('parity'));
  });

  test('the night after goes on from there, and computes again what came too late for the first', async () => {
    const next = dayAfter(arrivals(at('18:00'), at('19:30')));
    const [bid] = (next['bids'] ?? []).filter(({ bidder_id, amount, ingested_at }) => ![bidder_id, amount, ingested_at].includes(null));
    const late = { ...bid, bid_id: 'late', bid_at: at('18:20'), amount: '99999.00' };
    const more = { ...next, bids: [...(next['bids'] ?? []), late] };
    await send(more);
    await caughtUp();
    await land(folder, end, more);
    const checks = await nights.whole(yesterday);
    // Nobody was live any more: of that nothing can be said.
    expect(verdicts(checks)).toMatchObject({ ...allGreen('parity'), 'seller_live_now parity': 'UNDECIDED' });
    expect(Number(checks['bidder_outbid parity']?.says['points'])).toBeGreaterThan(1000);
    const table = `features."bidder_outbid__${checks['bidder_outbid parity']?.says['version']}"`;
    const led = `SELECT max(furthest_behind) > 90000 FROM ${table} WHERE as_of = '${eveningDay} 18:30:00'`;
    expect(await queried(folder, led, boolean)).toEqual([[true]]);
    expect(verdicts(await nights.check(eveningDay, 'parity', ['bidder_outbid']))).toEqual({ 'bidder_outbid parity': 'green' });
  });
});

/** In winter. */
const hoursBefore = (time: unknown): string | null =>
  typeof time === 'string'
    ? `${new Date(Date.parse(`${time.slice(0, 23)}Z`) - 5 * 3_600_000).toISOString().slice(0, 23)}${time.slice(23)}`
    : null;
