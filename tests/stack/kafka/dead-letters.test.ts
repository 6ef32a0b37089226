/** Letters of a source with pii come back from a real broker. The registry, which learns a schema late, is *emulated*. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import { worldOf } from '../../marketplace/world.ts';
import { lockstep } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Cluster, marketplaceCluster, type Process, serveProcess, sourcesOf, taken } from './cluster.ts';

describe.skipIf(missingParts.includes('kafka'))('dead letters', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-dlq-'));
  const rows = worldOf(6, 900).raw.get('bids') ?? [];
  const isLate = (i: number): boolean => i % 3 === 0;
  let cluster: Cluster;
  let server: Process;
  let registry: Server;
  let knows = false;
  beforeAll(async () => {
    cluster = await marketplaceCluster(3);
    registry = createServer((_, response) => {
      response.writeHead(knows ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(knows ? { schemaType: 'JSON', schema: '{}' } : { error_code: 40403 }));
    });
    await new Promise<void>((done) => void registry.listen(0, '127.0.0.1', done));
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    registry?.close();
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const bids = async () => (await sourcesOf(server)).get('bids') ?? { source: 'bids', complete_since: null };
  const letters = (): readonly string[] => readFileSync(join(folder, 'store/dead-letters/bids.ndjson'), 'utf8').split('\n').filter(Boolean);

  test('of a schema that nobody had registered: listed, replayed while it serves, each counted once', async () => {
    const frame = Buffer.of(0, 0, 0, 0, 9);
    const messages = rows.map((row, i) => {
      const { key, value } = onTheWire('bids', row);
      return { key, value: isLate(i) ? Buffer.concat([frame, Buffer.from(value)]) : value };
    });
    // Spread over small batches, so that those between are passed over.
    for (let i = 0; i < messages.length; i += 40)
      await cluster.producer.send({ topic: 'auctions.bids.v1', messages: messages.slice(i, i + 40) });
    await cluster.producer.send({ topic: 'auctions.bids.v1', messages: [{ key: 'x', value: '{' }] });
    const { port } = registry.address() as AddressInfo;
    server = await serveProcess(cluster.broker.brokers, join(folder, 'store'), { KAFKA_SCHEMA_REGISTRY: `http://127.0.0.1:${port}` });
    const unread = rows.filter((_, i) => isLate(i)).length;
    await expect.poll(async () => taken(await bids()), { timeout: 30_000 }).toBe(rows.length + 1);
    expect(await bids()).toMatchObject({ rejected: unread + 1 });
    expect(letters()).toHaveLength(unread + 1 + ((await bids()).quarantined ?? 0));
    expect(letters().join()).not.toContain('bid_id');

    const listed = await lockstep('dlq', 'list', '--url', server.url);
    expect(listed.out).toContain(`  ${unread} × the message names a schema that the registry does not have`);
    const quarantined = (await bids()).quarantined ?? 0;
    knows = true;
    // Meanwhile others come.
    const more = cluster.producer.send({ topic: 'auctions.bids.v1', messages: [{ key: 'y', value: '[' }] });
    const { out, err } = await lockstep('dlq', 'replay', 'bids', '--url', server.url);
    await more;
    await pause(1_000);
    expect({ err, failed: server.said.filter((line) => line.includes('failed')) }).toEqual({ err: '', failed: [] });
    expect(out).toMatch(/^bids: \d+ of \d+ letters replayed, \d+ stay\n$/);
    const after = await bids();
    expect(taken(after)).toBe(rows.length + 2);
    // What is refused for its times is so on either side; of those that came late, it stays among the rejected.
    const refused = letters().filter((line) => line.includes('dated ahead') || line.includes('no key') || line.includes('no time')).length;
    expect(after.rejected).toBe(2 + refused - quarantined);
    expect(letters()).toHaveLength(2 + refused);
    expect(after.accepted).toBe(identities());
    expect((await lockstep('dlq', 'replay', 'bids', '--url', server.url)).out).toContain('bids: 0 of');
    expect(await bids()).toEqual(after);
  });

  /** Kept rows by (bid_id, bid_at), counted by hand. */
  function identities(): number {
    const micros = (time: unknown): number => Date.parse(`${String(time).slice(0, 23)}Z`) * 1000 + Number(String(time).slice(23, 26));
    const kept = rows.filter(
      (r) =>
        r['bid_id'] != null &&
        r['bid_at'] != null &&
        (r['ingested_at'] == null || micros(r['bid_at']) - micros(r['ingested_at']) <= 30_000_000),
    );
    return new Set(kept.map((r) => JSON.stringify([r['bid_id'], r['bid_at']]))).size;
  }
});
