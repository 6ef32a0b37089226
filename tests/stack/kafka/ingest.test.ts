/** From a real broker into the store and out again: nothing lost, nothing counted twice, whatever happens in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seeded } from '../../../examples/marketplace/random.ts';
import type { Row } from '../../../examples/marketplace/rows.ts';
import { catalog, worldOf } from '../../marketplace/world.ts';
import { missingParts } from '../in-stack.ts';
import { answersOfReference, closeTo } from './answers.ts';
import { type Cluster, marketplaceCluster, type Process, send, serveProcess, sourcesOf, taken } from './cluster.ts';

describe.skipIf(missingParts.includes('kafka'))('a real broker', () => {
  const world = worldOf(11, 2_000);
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-ingest-'));
  let cluster: Cluster;
  let server: Process | undefined;
  beforeAll(async () => {
    cluster = await marketplaceCluster(3);
  });
  afterAll(async () => {
    await server?.kill('SIGKILL');
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const rowsOf = (source: string): readonly Row[] => world.raw.get(source) ?? [];
  const everythingTaken = async (store: string): Promise<void> => {
    const deadline = Date.now() + 120_000;
    for (;;) {
      server ??= await serveProcess(cluster.broker.brokers, store);
      const sources = await sourcesOf(server);
      const missing = catalog.sources.filter(
        (s) => taken(sources.get(s.name) ?? { source: s.name, complete_since: null }) < rowsOf(s.name).length,
      );
      if (missing.length === 0) return;
      if (Date.now() > deadline) throw new Error(`not taken in two minutes: ${missing.map((s) => s.name).join(', ')}`);
      await pause(100);
    }
  };

  test("killed twenty times at random points while it reads: every event is counted once, and every answer is the reference's", async () => {
    const store = join(folder, 'killed');
    const random = seeded(20_261_122, 'kills');
    const pieces = 40;
    const sending = (async () => {
      for (let piece = 0; piece < pieces; piece++) {
        for (const { name } of catalog.sources)
          await send(
            cluster,
            name,
            rowsOf(name).filter((_, i) => i % pieces === piece),
          );
        await pause(1_000);
      }
    })();
    const tookWhenKilled: number[] = [];
    for (let kill = 0; kill < 20; kill++) {
      server = await serveProcess(cluster.broker.brokers, store);
      await pause(random.below(4_000));
      tookWhenKilled.push([...(await sourcesOf(server)).values()].reduce((sum, s) => sum + taken(s), 0));
      await server.kill('SIGKILL');
    }
    // Otherwise the kills proved nothing.
    expect(new Set(tookWhenKilled).size).toBeGreaterThan(5);
    await sending;
    server = undefined;
    await everythingTaken(store);
    const sources = await sourcesOf(server as unknown as Process);
    for (const { name } of catalog.sources) {
      const of = sources.get(name);
      expect(await cluster.messages(name), 'what the broker has').toBe(rowsOf(name).length);
      expect({ source: name, taken: of && taken(of), rejected: of?.rejected, accepted: of?.accepted }).toEqual({
        source: name,
        taken: rowsOf(name).length,
        rejected: 0,
        accepted: identities(name),
      });
    }
  });

  test.each([...answersOfReference.keys()])("%s: the answers are the reference's", async (name) => {
    for (const { asOf, entities, answers } of answersOfReference.get(name)?.(world) ?? []) {
      const { body } = await (server as Process).post('/features/query', { features: [name], entities, as_of: asOf });
      const results = (body as { readonly results: readonly { readonly values: Readonly<Record<string, unknown>> }[] }).results;
      expect(results.map((r) => closeTo(r.values[name]))).toEqual(answers.map(closeTo));
    }
  });

  test('SIGTERM ends it with 0', async () => {
    expect(await (server as Process).kill('SIGTERM')).toBe(0);
    server = undefined;
  });

  /** Of rows that are kept: how many different (key, time, version) there are, counted here by hand. */
  function identities(name: string): number {
    const source = catalog.sources.find((s) => s.name === name);
    if (source === undefined) return 0;
    const time = source.kind === 'stream' ? source.eventTime : source.updatedAt;
    const columns = [...source.key, time, ...(source.kind === 'table' && source.versionBy !== null ? [source.versionBy] : [])].map((c) =>
      c.toLowerCase(),
    );
    const kept = rowsOf(name).filter((row) => {
      if ([...source.key, time].some((c) => row[c.toLowerCase()] == null)) return false;
      if (source.kind === 'table' || source.ingestTime === null) return true;
      const ahead = micros(row[time.toLowerCase()]) - micros(row[source.ingestTime.toLowerCase()]);
      return row[source.ingestTime.toLowerCase()] == null || ahead <= Number(source.maxSkew);
    });
    return new Set(kept.map((row) => JSON.stringify(columns.map((c) => row[c])))).size;
  }
});

const micros = (time: unknown): number =>
  typeof time === 'string' ? Date.parse(`${time.slice(0, 23)}Z`) * 1000 + Number(time.slice(23, 26)) : 0;
