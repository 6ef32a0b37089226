/** What the store knows beside its rows is appended, and cut short now and then: what it says after it was opened again is what was committed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openDuckdbFile } from '../../runners/engines/duckdb-file.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { openKept } from '../../runners/stream/store/kept.ts';
import { catalog } from '../marketplace/world.ts';

const chats = catalog.sources.filter((s) => s.name === 'chats' || s.name === 'bids');
const count = [{ name: 'n', type: { kind: 'number', precision: 18, scale: 0 } as const }];

describe('state', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-state-'));
  const file = join(folder, 'events.duckdb');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const inFile = async <T>(path: string, work: (connection: Connection) => Promise<T>): Promise<T> => {
    const database = await openDuckdbFile(path, 1);
    const connection = await database.connect(false);
    try {
      return await work(connection);
    } finally {
      connection.close();
      database.close();
    }
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
    const [kept] = await inFile(file, (connection) => connection.query('SELECT count(*) FROM lockstep.state', count));
    expect(Number(kept?.[0])).toBeLessThan(1_000);
    const again = await openKept(file, chats);
    expect(again.state()).toEqual(before);
    await again.close();
  });

  test('a store that was made with a table of positions and one of sources is carried over, once', async () => {
    const former = join(folder, 'former.duckdb');
    await (await openKept(former, chats)).close();
    await inFile(former, async (connection) => {
      for (const statement of [
        'DROP TABLE lockstep.state',
        'CREATE TABLE lockstep.positions (source VARCHAR, topic VARCHAR, "partition" BIGINT, next_offset BIGINT, latest TIMESTAMP, turn BIGINT)',
        `CREATE TABLE lockstep.sources (source VARCHAR, accepted BIGINT, duplicates BIGINT, quarantined BIGINT, rejected BIGINT, late BIGINT,
          topic_since TIMESTAMP, filled_since TIMESTAMP, filled_until TIMESTAMP, forgotten TIMESTAMP, next_sequence BIGINT, turn BIGINT)`,
        // Of each key the latest holds, wherever it stands.
        `INSERT INTO lockstep.positions VALUES ('chats', 'chat-messages', 1, 8, TIMESTAMP '1970-01-01 00:00:00.000009', 4),
          ('chats', 'chat-messages', 1, 7, NULL, 3), ('chats', 'chat-messages', 0, 2, NULL, 2), ('bids', '<bids>', -1, 0, NULL, 5)`,
        `INSERT INTO lockstep.sources VALUES ('chats', 1, 1, 1, 1, 1, NULL, NULL, NULL, NULL, 9, 3),
          ('chats', 5, 4, 3, 2, 1, TIMESTAMP '1970-01-01 00:00:00.000007', TIMESTAMP '1970-01-01 00:00:00.000001',
           TIMESTAMP '1970-01-01 00:00:00.000008', TIMESTAMP '1970-01-01 00:00:00.000003', 10, 4),
          ('bids', 6, 0, 0, 0, 0, NULL, NULL, NULL, NULL, 16, 5)`,
      ])
        await connection.execute(statement);
    });
    const nothing = { topicSince: null, filled: null, forgotten: null };
    const wanted = {
      positions: new Map([
        ['chat-messages/0', { source: 'chats', topic: 'chat-messages', partition: 0, next: 2n, latest: null }],
        ['chat-messages/1', { source: 'chats', topic: 'chat-messages', partition: 1, next: 8n, latest: 9n }],
        ['<bids>/-1', { source: 'bids', topic: '<bids>', partition: -1, next: 0n, latest: null }],
      ]),
      sources: new Map([
        [
          'chats',
          {
            source: 'chats',
            counts: { accepted: 5, duplicates: 4, quarantined: 3, rejected: 2, late: 1 },
            history: { topicSince: 7n, filled: { since: 1n, until: 8n }, forgotten: 3n },
          },
        ],
        ['bids', { source: 'bids', counts: { accepted: 6, duplicates: 0, quarantined: 0, rejected: 0, late: 0 }, history: nothing }],
      ]),
      sequence: 16n,
      turn: 5n,
    };
    const store = await openKept(former, chats);
    expect(store.state()).toEqual(wanted);
    const from = { topic: 'chat-messages', partition: 0, rejected: [], next: 3n };
    await store.commit([{ source: 'chats', at: 0n, rows: [], from }]);
    const after = store.state();
    expect([after.turn, after.positions.get('chat-messages/0')?.next]).toEqual([6n, 3n]);
    await store.close();
    const again = await openKept(former, chats);
    expect(again.state()).toEqual(after);
    await again.close();
    const named = "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'lockstep' AND table_name IN ('positions', 'sources')";
    expect(await inFile(former, (connection) => connection.query(named, count))).toEqual([[0n]]);
  });
});
