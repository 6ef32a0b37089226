/** Files of the log of answers as Parquet: the same answers, whatever ended the server. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import { readServedLog } from '../../runners/data/served-log.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { packLog } from '../../runners/stream/serve/pack-log.ts';
import { catalog, featureNamed } from '../marketplace/world.ts';
import { serving } from './serving.ts';

const { feature } = featureNamed('stream_chat_activity');
const folder = mkdtempSync(join(tmpdir(), "lockstep 'packed'-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = (i: number): string =>
  JSON.stringify({
    feature: i % 3 === 0 ? 'another' : 'stream_chat_activity',
    version: 'v1',
    stream_id: `s${i} "quoted", é\u2028 \\n`,
    as_of: `2026-03-01T20:00:00.${String(i).padStart(6, '0')}`,
    ...(i % 2 === 0 ? {} : { 'lockstep.asked_at': `2026-03-01T21:00:00.${String(i).padStart(6, '0')}` }),
    chats_20m: String(i),
    chatters_20m: '1',
    chats_5m: null,
  });
const hour = 3_600_000_000n;
const lines = Array.from({ length: 300 }, (_, i) => line(i));
const torn = `${lines.map((l) => `${l}\n`).join('')}${line(300).slice(0, 40)}`;

async function rowsIn(file: string): Promise<readonly unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const found = await connection.runAndReadAll(
    `SELECT feature, version, epoch_us(as_of), epoch_us(asked_at), answer FROM read_parquet('${file.replaceAll("'", "''")}')`,
  );
  return found.getRows();
}

describe('a file that is full', () => {
  const place = join(folder, 'full');
  mkdirSync(place);
  const file = join(place, 'served-2026.ndjson');

  test('has the same answers as Parquet, in their order, without what a crash has cut; and parity reads the same of it', async () => {
    writeFileSync(file, torn);
    const before = await readServedLog(place, feature);
    expect(before.length).toBe(200);
    expect(before.filter((s) => s.askedAt === null).length).toBe(100);
    expect(before.filter((s) => s.askedAt === s.row.asOf + hour).length).toBe(100);
    await packLog(file);
    expect(readdirSync(place)).toEqual(['served-2026.parquet']);
    const packed = join(place, 'served-2026.parquet');
    expect(statSync(packed).mode & 0o777).toBe(0o600);
    const first = BigInt(Date.UTC(2026, 2, 1, 20)) * 1000n;
    expect(await rowsIn(packed)).toEqual(
      lines.map((l, i) => [
        i % 3 === 0 ? 'another' : 'stream_chat_activity',
        'v1',
        first + BigInt(i),
        i % 2 === 0 ? null : first + hour + BigInt(i),
        l,
      ]),
    );
    expect(await readServedLog(place, feature)).toEqual(before);
  });

  test('of which nothing was written goes away', async () => {
    writeFileSync(file, '');
    await packLog(file);
    expect(readdirSync(place)).toEqual(['served-2026.parquet']);
  });
});

test('a server packs what one that was killed has left, and its own when it ends; of many the oldest go', async () => {
  const store = join(folder, 'store');
  mkdirSync(join(store, 'served'), { recursive: true });
  writeFileSync(join(store, 'served', 'served-2025-1.ndjson'), torn);
  for (const i of [2, 3]) writeFileSync(join(store, 'served', `served-2025-${i}.ndjson`), `${line(i)}\n`);
  const server = await serving(catalog, {
    folder: store,
    servedLog: { share: 1, secret: 'test', without: new Set(), masked: null, mostBytes: 64_000_000, mostFiles: 3 },
  });
  const [first, second, own] = readdirSync(join(store, 'served'));
  expect([first, second]).toEqual(['served-2025-2.parquet', 'served-2025-3.parquet']);
  expect(own).toMatch(/\.ndjson$/);
  await server.stop();
  expect(readdirSync(join(store, 'served'))).toEqual(['served-2025-2.parquet', 'served-2025-3.parquet']);
  expect(
    readFileSync(join(store, 'served', 'served-2025-2.parquet'))
      .subarray(0, 4)
      .toString(),
  ).toBe('PAR1');
});

test('files that are full are packed while answers go on, and the end waits for them', async () => {
  const store = join(folder, 'small');
  const server = await serving(catalog, {
    folder: store,
    lambdas: [compiledLambda(featureNamed('stream_chat_activity'), catalog)],
    servedLog: { share: 1, secret: 'test', without: new Set(), masked: null, mostBytes: 500, mostFiles: 100 },
  });
  await server.send('PUT', '/sources/chats/complete-since', { since: 'beginning' });
  const asked = 40;
  for (let i = 0; i < asked; i++)
    await server.send('POST', '/features/query', {
      features: ['stream_chat_activity'],
      entities: [{ stream_id: `s${i}` }],
      as_of: '2026-03-01T20:00:00',
    });
  await server.stop();
  const files = readdirSync(join(store, 'served'));
  expect(files.length).toBeGreaterThan(1);
  expect(files.filter((name) => !name.endsWith('.parquet'))).toEqual([]);
  const noted = (await readServedLog(join(store, 'served'), feature)).map(({ row }) => row.entity[0]);
  expect(noted).toEqual(Array.from({ length: asked }, (_, i) => `s${i}`));
});
