/** What happens to servers: brokers restart, groups rebalance, disks fill. After each, every event is counted once. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Row } from '../../../examples/marketplace/rows.ts';
import { openDeadLetters } from '../../../runners/stream/ingest/dead-letters.ts';
import { type Ingest, openIngest } from '../../../runners/stream/ingest/ingest.ts';
import { openWatch } from '../../../runners/stream/ingest/watch.ts';
import { openKafka } from '../../../runners/stream/kafka/client.ts';
import { type Consuming, consume } from '../../../runners/stream/kafka/consume.ts';
import { messageReader } from '../../../runners/stream/schemas/framed.ts';
import { type KeptStore, openKept } from '../../../runners/stream/store/kept.ts';
import { showAhead } from '../../../runners/stream/store/show-ahead.ts';
import { catalog, worldOf } from '../../marketplace/world.ts';
import { missingParts } from '../in-stack.ts';
import { type Cluster, marketplaceCluster, send } from './cluster.ts';

const now = (): bigint => BigInt(Date.now()) * 1000n;
const bids = catalog.sources.filter((s) => s.name === 'bids');
const rows = worldOf(41, 6_000).raw.get('bids') ?? [];

describe.skipIf(missingParts.includes('kafka'))('faults', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-faults-'));
  let cluster: Cluster;
  let open: { readonly store: KeptStore; readonly ingest: Ingest };
  beforeAll(async () => {
    cluster = await marketplaceCluster(4);
  });
  afterAll(async () => {
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const begin = async (file: string, commitOf: (store: KeptStore) => KeptStore['commit'] = ({ commit }) => commit): Promise<void> => {
    const opened = await openKept(file, bids);
    const store = showAhead({ ...opened, commit: commitOf(opened) });
    const deadLetters = await openDeadLetters(join(folder, 'dead'));
    open = { store, ingest: openIngest({ store, deadLetters, watch: openWatch({ now, isNew: () => {}, turned: () => {} }), now }) };
  };
  const consumer = (group: string): Promise<Consuming> =>
    consume({
      kafka: openKafka({ brokers: [cluster.broker.brokers], ssl: false, sasl: undefined }, () => {}),
      group,
      sources: bids,
      ...open,
      read: messageReader(null),
      sessionTimeout: 3_000,
      say: () => {},
      progress: () => {},
      failed: () => {},
    });
  const counts = () => open.store.state().sources.get('bids')?.counts;
  const taken = (): number => {
    const { accepted = 0, duplicates = 0, quarantined = 0, rejected = 0 } = counts() ?? {};
    return accepted + duplicates + quarantined + rejected;
  };
  const until = async (n: number): Promise<void> => {
    for (const deadline = Date.now() + 90_000; taken() < n; await pause(50))
      if (Date.now() > deadline) throw new Error(`${taken()} of ${n}`);
    // What would be counted twice would come now.
    await pause(1_000);
    expect(taken()).toBe(n);
  };
  const slowly = async (some: readonly Row[], during: () => Promise<void>): Promise<void> => {
    const sending = (async () => {
      for (let i = 0; i < some.length; i += 100) {
        await send(cluster, 'bids', some.slice(i, i + 100));
        await pause(40);
      }
    })();
    await during();
    await sending;
  };

  test('two consumers of one replica: one comes, one goes, one comes back', async () => {
    await begin(join(folder, 'rebalance.duckdb'));
    const first = await consumer('rebalance');
    let second: Consuming | undefined;
    await slowly(rows, async () => {
      await pause(500);
      second = await consumer('rebalance');
      await pause(1_500);
      await second.stop();
      await pause(500);
      second = await consumer('rebalance');
    });
    await until(await cluster.messages('bids'));
    await first.stop();
    await second?.stop();
    await open.store.close();
  });

  test('commits fail now and then while more is under way: nothing is skipped, nothing counts twice', async () => {
    let [commits, failed] = [0, 0];
    await begin(join(folder, 'flaky.duckdb'), ({ commit }) => async (arriving) => {
      commits += 1;
      if (commits % 3 !== 2) return commit(arriving);
      failed += 1;
      // So that the next batch is decoded meanwhile.
      await pause(50);
      throw new Error('not this time');
    });
    const one = await consumer('flaky');
    await until(await cluster.messages('bids'));
    await slowly(rows.slice(0, 4_000), () => pause(0));
    await until(await cluster.messages('bids'));
    // Otherwise it proves nothing.
    expect(failed).toBeGreaterThan(5);
    const next = [...open.store.state().positions.values()].reduce((sum, p) => sum + p.next, 0n);
    expect(Number(next)).toBe(await cluster.messages('bids'));
    await one.stop();
    await open.store.close();
  });

  test('the broker is killed and comes back', async () => {
    await begin(join(folder, 'restart.duckdb'));
    const one = await consumer('restart');
    await until(await cluster.messages('bids'));
    await cluster.broker.restart();
    await send(cluster, 'bids', rows.slice(0, 500));
    await until(await cluster.messages('bids'));
    // The same rows again are copies, and nothing else.
    expect(counts()?.rejected).toBe(0);
    await one.stop();
    await open.store.close();
  });

  test('the disk is full: nothing is taken, nothing is lost, and it goes on when there is room', async () => {
    const disk = join(folder, 'disk');
    mkdirSync(disk);
    await send(cluster, 'bids', rows);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400k', 'tmpfs', disk]);
    try {
      await begin(join(disk, 'full.duckdb'));
      const one = await consumer('full');
      for (const deadline = Date.now() + 60_000; open.ingest.trouble() === null; await pause(20))
        if (Date.now() > deadline) throw new Error(`the disk was never full: ${JSON.stringify(counts())}`);
      const { accepted = 0 } = counts() ?? {};
      const reader = await open.store.reader();
      const [found] = await reader.query('SELECT count(*) FROM BIDS', [{ name: 'n', type: { kind: 'number', precision: 18, scale: 0 } }]);
      expect(Number(found?.[0])).toBe(accepted);
      reader.close();
      execFileSync('mount', ['-o', 'remount,size=200m', disk]);
      await until(await cluster.messages('bids'));
      expect(open.ingest.trouble()).toBe(null);
      await one.stop();
      const all = counts();
      await open.store.close();
      for (const name of ['full.duckdb', 'full.duckdb.wal'])
        if (existsSync(join(disk, name))) copyFileSync(join(disk, name), join(folder, name));
      await begin(join(folder, 'full.duckdb'));
      expect(counts()).toEqual(all);
      await open.store.close();
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
