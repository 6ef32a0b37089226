/** What the store knows beside its rows is appended, and cut short now and then: what it says after it was opened again is what was committed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openDuckdbFile } from '../../runners/engines/duckdb-file.ts';
import { openKept } from '../../runners/stream/store/kept.ts';
import { catalog } from '../marketplace/world.ts';

const chats = catalog.sources.filter((s) => s.name === 'chats' || s.name === 'bids');
const count = [{ name: 'n', type: { kind: 'number', precision: 18, scale: 0 } as const }];

describe('state', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-state-'));
  const file = join(folder, 'events.duckdb');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const rowsOf = async (): Promise<readonly number[]> => {
    const database = await openDuckdbFile(file, 1);
    const connection = await database.connect(false);
    const counted = [];
    for (const table of ['positions', 'sources']) {
      const [row] = await connection.query(`SELECT count(*) FROM lockstep.${table}`, count);
      counted.push(Number(row?.[0]));
    }
    connection.close();
    database.close();
    return counted;
  };

  test('of thousands of commits each counts once, and what no longer holds does not stay', async () => {
    const store = await openKept(file, chats);
    const turns = 5_000;
    // One that is not touched again after the cut.
    for (const next of [3n, 8n])
      await store.commit([{ source: 'bids', at: 0n, rows: [], from: { topic: 'bids', partition: 9, rejected: [], next } }]);
    for (let i = 1; i <= turns; i++) {
      const partition = i % 3;
      // One message in each, that is no row.
      const from = { topic: 'chat-messages', partition, rejected: [BigInt(i)], next: BigInt(i + 1) };
      await store.commit([{ source: i % 2 === 0 ? 'chats' : 'bids', at: BigInt(i), rows: [], from }]);
    }
    await store.setHistory('bids', () => ({ topicSince: 7n, filled: null, forgotten: null }));
    const before = store.state();
    expect(before.sources.get('chats')?.counts.rejected).toBe(turns / 2);
    expect([...before.positions.values()].map((p) => p.next).sort()).toEqual([4_999n, 5_000n, 5_001n, 8n]);
    await store.close();
    const [positions = 0, sources = 0] = await rowsOf();
    expect(positions).toBeLessThan(1_000);
    expect(sources).toBeLessThan(1_000);
    const again = await openKept(file, chats);
    expect(again.state()).toEqual(before);
    await again.close();
  });
});
