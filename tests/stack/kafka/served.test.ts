/** What a server on a real broker answered, against what the warehouse says once everything arrived; and once with an hour of a partition that never came. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../../examples/marketplace/rows.ts';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import { catalog } from '../../marketplace/world.ts';
import { marketplaceUntilNow } from '../../stream/shifted.ts';
import { lockstep } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Cluster, marketplaceCluster, type Process, serveProcess, sourcesOf, taken } from './cluster.ts';

const feature = 'bidder_outbid';
const hour = 3_600_000;
const partitions = 2;
const rows = marketplaceUntilNow(23, 900, 'bids', 60_000_000n);
const bids = rows.get('bids') ?? [];
const topic = catalog.sources.find((s) => s.name === 'bids')?.topic ?? '';
const bidders = [...new Set(bids.flatMap((row) => (row['bidder_id'] === null ? [] : [row['bidder_id']])))];
const instant = (time: unknown): number => Date.parse(`${String(time).slice(0, 23)}Z`);
/** By hand: what of a partition is dropped, and from when to when that was to arrive. */
const gap = { from: Date.now() - 2 * hour, to: Date.now() - hour };
const partitionOf = (row: Row): number => [...String(row['bid_id'])].reduce((sum, c) => sum + c.charCodeAt(0), 0) % partitions;
const isDropped = (row: Row): boolean =>
  partitionOf(row) === 1 && row['ingested_at'] !== null && instant(row['ingested_at']) >= gap.from && instant(row['ingested_at']) < gap.to;

describe.skipIf(missingParts.includes('kafka'))('served parity on a broker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-kafka-served-'));
  let cluster: Cluster;
  let server: Process | undefined;
  beforeAll(async () => {
    for (const { name } of catalog.sources)
      writeFileSync(join(folder, `${name}.ndjson`), (rows.get(name) ?? []).map((row) => `${JSON.stringify(row)}\n`).join(''));
    cluster = await marketplaceCluster(partitions);
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const produce = async (some: readonly Row[]): Promise<void> => {
    for (let i = 0; i < some.length; i += 200)
      await cluster.producer.send({
        topic,
        messages: some.slice(i, i + 200).map((row) => {
          const { key, value } = onTheWire('bids', row);
          return { key, value, partition: partitionOf(row) };
        }),
      });
  };
  const ask = async ({ post }: Process): Promise<number> =>
    (await post('/features/query', { features: [feature], entities: bidders.map((bidder_id) => ({ bidder_id })) })).status;
  const has = async (of: Process, messages: number): Promise<void> => {
    for (const deadline = Date.now() + 60_000; ; await pause(50)) {
      const bidsOf = (await sourcesOf(of)).get('bids');
      if (bidsOf !== undefined && taken(bidsOf) >= messages) return;
      if (Date.now() > deadline) throw new Error(`bids: ${JSON.stringify(bidsOf)}, ${messages} are due`);
    }
  };
  const parity = async (store: string, of: Process) => {
    const log = join(store, 'served');
    const { code, out, err } = await lockstep(
      ...[
        'parity',
        '--mode',
        'served',
        '--served-log',
        log,
        '--batch',
        folder,
        '--realtime',
        of.url,
        '--feature',
        feature,
        '--format',
        'json',
      ],
    );
    expect(err).toBe('');
    const [report] = JSON.parse(out).features;
    return { code, report };
  };

  test('late arrivals are explained, in answers of before and after a kill: PROVEN', async () => {
    const store = join(folder, 'all');
    const late = bids.filter((_, i) => i % 4 === 0);
    await produce(bids.filter((_, i) => i % 4 !== 0));
    server = await serveProcess(cluster.broker.brokers, store, {}, '--served-share', '1', '--served-raw', '--group', 'all');
    await has(server, bids.length - late.length);
    while ((await ask(server)) !== 200) await pause(20);
    await server.kill('SIGKILL');
    server = await serveProcess(cluster.broker.brokers, store, {}, '--served-share', '1', '--served-raw', '--group', 'all');
    while ((await ask(server)) !== 200) await pause(20);
    await produce(late);
    await has(server, bids.length);
    expect(await ask(server)).toBe(200);
    const { code, report } = await parity(store, server);
    expect(report.mismatches).toBeGreaterThan(20);
    expect({ code, verdict: report.verdict, unexplained: report.unexplained, causes: Object.keys(report.causes) }).toEqual({
      code: 0,
      verdict: 'PROVEN',
      unexplained: 0,
      causes: ['late'],
    });
    await server.kill('SIGTERM');
  });

  test('an hour of a partition that never came: VIOLATED, stream_gap, from when to when', async () => {
    await cluster.renew('bids');
    const dropped = bids.filter(isDropped);
    expect(dropped.length).toBeGreaterThan(50);
    await produce(bids.filter((row) => !isDropped(row)));
    const store = join(folder, 'gap');
    server = await serveProcess(cluster.broker.brokers, store, {}, '--served-share', '1', '--served-raw', '--group', 'gap');
    await has(server, bids.length - dropped.length);
    while ((await ask(server)) !== 200) await pause(20);
    const { code, report } = await parity(store, server);
    if (process.env['SHOW'] !== undefined) console.log(JSON.stringify({ causes: report.causes, deviations: report.deviations }, null, 1));
    const [most] = Object.entries<number>(report.causes).sort(([, a], [, b]) => b - a);
    expect({ code, verdict: report.verdict, most: most?.[0] }).toEqual({ code: 1, verdict: 'VIOLATED', most: 'stream_gap' });
    const found = report.deviations.find((d: { cause: string }) => d.cause === 'stream_gap');
    const times = dropped.map((row) => instant(row['ingested_at']));
    const [from, to] = found.arrived.map((at: string) => instant(at));
    // From the first that was lost to the last, to within what lies between two of them.
    expect(Math.abs(from - Math.min(...times))).toBeLessThan(5 * 60_000);
    expect(Math.abs(to - Math.max(...times))).toBeLessThan(5 * 60_000);
    expect(found.rows).toBeLessThanOrEqual(dropped.length);
    expect(found.rows).toBeGreaterThan(dropped.length * 0.8);
  });
});
