/** A feature of thirty days on a topic that keeps two: files before, the topic after, the seam at midnight, and both have the hour around it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../../examples/marketplace/rows.ts';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import { formatTimestamp } from '../../../runners/data/format-value.ts';
import { evaluateFeature } from '../../../runners/reference/index.ts';
import { catalog, featureNamed, printed, typed, valueOf } from '../../marketplace/world.ts';
import { marketplaceUntilNow } from '../../stream/shifted.ts';
import { lockstep } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Cluster, marketplaceCluster, type Process, serveProcess, sourcesOf, taken } from './cluster.ts';

const name = 'seller_repeat_buyers';
const compiled = featureNamed(name);
const source = catalog.sources.find((s) => s.name === 'orders');
const topic = source?.topic ?? '';
const hour = 3_600_000;
/** Two days ago, at midnight; milliseconds. */
const midnight = Math.floor(Date.now() / (24 * hour)) * 24 * hour - 24 * hour;
const arrived = (row: Row): number =>
  row['ingested_at'] === null ? Date.now() : Date.parse(`${String(row['ingested_at']).slice(0, 23)}Z`);

describe.skipIf(missingParts.includes('kafka'))('a seam at midnight', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-seam-'));
  const orders = spreadOverAMonth();
  const inFiles = orders.filter((row) => arrived(row) < midnight + hour);
  let cluster: Cluster;
  let left = 0;
  beforeAll(async () => {
    cluster = await marketplaceCluster(1, () => ({ 'retention.ms': String(Date.now() - midnight + 2 * hour), 'segment.ms': String(hour) }));
    const inOrder = [...orders].sort((a, b) => arrived(a) - arrived(b));
    for (const some of batchesOf(inOrder)) {
      const messages = some.map((row) => ({ ...onTheWire('orders', row), timestamp: String(Math.min(arrived(row), Date.now())) }));
      await cluster.producer.send({ topic, messages: messages.map(({ key, value, timestamp }) => ({ key, value, timestamp })) });
    }
    left = await leftByRetention(cluster);
    // Otherwise there was no seam.
    const first = arrived(inOrder[inOrder.length - left] as Row);
    expect(first).toBeGreaterThan(midnight - 12 * hour);
    expect(first).toBeLessThan(midnight + hour);
    writeFileSync(join(folder, 'orders.ndjson'), inFiles.map((row) => `${JSON.stringify(row)}\n`).join(''));
  });
  afterAll(async () => {
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const read = async (store: string, expected: number): Promise<Process> => {
    const server = await serveProcess(cluster.broker.brokers, store, {}, '--group', store);
    for (const deadline = Date.now() + 60_000; ; await pause(100)) {
      const of = (await sourcesOf(server)).get('orders');
      if (of !== undefined && taken(of) >= expected) return server;
      if (Date.now() > deadline) throw new Error(`orders: ${JSON.stringify(of)}, ${expected} are due`);
    }
  };
  const ask = (server: Process, asOf: bigint) =>
    server.post('/features/query', {
      features: [name],
      entities: sellers.map((seller_id) => ({ seller_id })),
      as_of: formatTimestamp(asOf),
    });
  const sellers = [...new Set(orders.flatMap((row) => (row['seller_id'] === null ? [] : [row['seller_id'] as number])))];
  const backfill = (store: string, ...more: readonly string[]) =>
    lockstep('backfill', '--store', store, '--source', 'orders', '--events', folder, '--since', 'beginning', ...more);

  test('the topic alone is refused', async () => {
    const server = await read(join(folder, 'alone'), left);
    expect(await ask(server, BigInt(Date.now()) * 1000n)).toMatchObject({ status: 422, body: { type: 'HISTORY_INCOMPLETE' } });
    await server.kill('SIGKILL');
  });

  test('files that end before the topic begins leave a hole, and are refused', async () => {
    const store = join(folder, 'hole');
    expect((await backfill(store, '--until', new Date(midnight - 13 * hour).toISOString())).code).toBe(0);
    const server = await read(store, left + inFiles.length);
    expect(await ask(server, BigInt(Date.now()) * 1000n)).toMatchObject({ status: 422, body: { type: 'HISTORY_INCOMPLETE' } });
    await server.kill('SIGKILL');
  });

  test("files and topic that overlap: the reference's values at every hour around the seam, each order counted once", async () => {
    const store = join(folder, 'both');
    expect((await backfill(store)).code).toBe(0);
    const server = await read(store, left + inFiles.length);
    const events = new Map([['orders', typed(source as never, orders)]]);
    const entities = sellers.map((id) => [valueOf(id, compiled.feature.entity[0]?.type ?? { kind: 'null' })]);
    for (const at of [midnight - hour, midnight, midnight + 1, midnight + hour, midnight + 30 * hour, Date.now()]) {
      const asOf = BigInt(Math.min(at, Date.now())) * 1000n;
      const spine = entities.map((entity) => ({ entity, asOf }));
      const reference = evaluateFeature(compiled.feature, catalog, events, spine, { knowledge: 'event' });
      const { status, body } = await ask(server, asOf);
      expect(status).toBe(200);
      const { results } = body as { readonly results: readonly { readonly values: Readonly<Record<string, unknown>> }[] };
      expect(results.map((r) => r.values[name])).toEqual(reference.map((values) => printed(compiled, values)));
    }
    await server.kill('SIGKILL');
  });
});

/** Of twenty at most, and of one hour: a segment that has a message of the next day is kept as long as that one. */
function batchesOf(rows: readonly Row[]): readonly (readonly Row[])[] {
  const batches: Row[][] = [];
  for (const row of rows) {
    const last = batches.at(-1);
    if (last === undefined || last.length === 20 || arrived(row) - arrived(last[0] as Row) > hour) batches.push([row]);
    else last.push(row);
  }
  return batches;
}

/** The marketplace's orders are of one evening; here theirs is dealt over forty days, so that thirty are some of them. */
function spreadOverAMonth(): readonly Row[] {
  const day = 24 * hour;
  // Whatever the clock says now: an evening ends at four in the morning at the latest, and so has a midnight in it.
  const today = Date.now() % day;
  const toNight = today - Math.min(today, 4 * hour);
  return (marketplaceUntilNow(31, 1_500, 'orders', 60_000_000n).get('orders') ?? []).map((row, i) => {
    const back = (i % 40) * day + toNight;
    return { ...row, ordered_at: earlier(row['ordered_at'], back), ingested_at: earlier(row['ingested_at'], back) } as Row;
  });
}

function earlier(time: unknown, by: number): unknown {
  if (typeof time !== 'string') return time;
  return new Date(Date.parse(`${time.slice(0, 23)}Z`) - by).toISOString().slice(0, 23) + time.slice(23);
}

/** Waits until the broker has deleted what is older than its topic keeps. */
async function leftByRetention({ admin, messages }: Cluster): Promise<number> {
  // It deletes segment after segment: done when it has not deleted for five seconds.
  let [low, since] = [0, Date.now()];
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await pause(300)) {
    const [of] = await admin.fetchTopicOffsets(topic);
    const now = Number(of?.low ?? 0);
    if (now !== low) [low, since] = [now, Date.now()];
    else if (low > 0 && Date.now() - since > 5_000) return messages('orders');
  }
  throw new Error(`the broker has deleted up to ${low}, and is not done or has deleted nothing`);
}
