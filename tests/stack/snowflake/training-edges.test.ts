/** A training set on the emulated server whose values a person works out: events at both edges of what a label can see, copies, late ones, versions. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSession } from '../../../runners/engines/snowflake/session.ts';
import { folderWith, lockstep, type Ran } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { targetLine } from './target.ts';

const isMissing = missingParts.includes('fakesnow') || missingParts.includes('apache-arrow');

const made = [
  'CREATE DATABASE IF NOT EXISTS raw',
  'CREATE SCHEMA IF NOT EXISTS raw.shop',
  'CREATE OR REPLACE TABLE raw.shop.sales (sale_id NUMBER(9, 0), shop VARCHAR, price NUMBER(10, 2), sold_at TIMESTAMP_NTZ, came_at TIMESTAMP_NTZ)',
  // 3 came twice, and the copy that came first counts; 4 is late; 6 has no time, 7 is dated ahead of its ingest.
  `INSERT INTO raw.shop.sales VALUES
    (1, 'a', 1, '2026-01-01 10:59:59.999999', '2026-01-01 11:00:00'),
    (2, 'a', 10, '2026-01-01 11:00:00', '2026-01-01 11:00:01'),
    (3, 'a', 999, '2026-01-01 11:30:00', '2026-01-01 11:40:00'),
    (3, 'a', 100, '2026-01-01 11:30:00', '2026-01-01 11:31:00'),
    (4, 'a', 1000, '2026-01-01 11:59:59.999999', '2026-01-01 12:00:01'),
    (5, 'a', 10000, '2026-01-01 12:00:00', '2026-01-01 12:00:00'),
    (6, 'a', 0.5, NULL, '2026-01-01 12:00:00'),
    (7, 'a', 0.5, '2026-01-01 11:45:00', '2026-01-01 11:39:59')`,
  'CREATE OR REPLACE TABLE raw.shop.shops (shop VARCHAR, country VARCHAR, updated_at TIMESTAMP_NTZ)',
  `INSERT INTO raw.shop.shops VALUES ('a', 'DE', '2020-01-01'), ('a', 'FR', '2026-01-01 11:59:59.999999'), ('a', 'IT', '2026-01-01 12:00:00')`,
];

const feature = (header: string, sql: string): string => `/*---\nentity: shop\n${header}---*/\n${sql}\n`;
const hour = "SELECT shop, COUNT(*) AS n, SUM(price) AS paid FROM sales WHERE sold_at >= as_of() - INTERVAL '1 hour' GROUP BY shop";

const files = {
  'transforms/sources.yml': `streams:
  sales:
    warehouse: raw.shop.sales
    key: sale_id
    event_time: sold_at
    ingest_time: came_at
    columns: { sale_id: "NUMBER(9,0)", shop: VARCHAR, price: "NUMBER(10,2)", sold_at: TIMESTAMP_NTZ, came_at: TIMESTAMP_NTZ }
tables:
  shops:
    warehouse: raw.shop.shops
    key: shop
    updated_at: updated_at
    columns: { shop: VARCHAR, country: VARCHAR, updated_at: TIMESTAMP_NTZ }
`,
  'transforms/features/hour.sql': feature('', hour),
  'transforms/features/hour_and_now.sql': feature('include_as_of: true\n', hour),
  'transforms/features/place.sql': feature('', 'SELECT shop, country FROM shops'),
  'labels.csv': 'shop,as_of,label\na,2026-01-01T12:00:00,x\n',
  'many.csv': `shop,as_of,label\n${Array.from({ length: 50_001 }, (_, i) => `s${i},2026-01-01T12:00:00,${i}\n`).join('')}`,
  'none.csv': 'shop,as_of,label\na,,x\n',
  'empty.csv': 'shop,as_of,label\n',
};

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let folder = '';

  beforeAll(async () => {
    server = await startFakesnow();
    const session = await openSession(server.settings);
    for (const statement of made) await session.run(statement);
    await session.close();
    folder = await folderWith({ ...files, 'lockstep.yml': `name: small\ntargets:\n  ${targetLine(server)}\n` });
  }, 120_000);

  afterAll(() => server?.stop());

  const run = (features: string, labels: string, ...more: string[]): Promise<Ran> =>
    lockstep(
      ...['training-set', '--project', folder, '--target', 'snow', '--features', features],
      ...['--labels', join(folder, labels), '--out', join(folder, 'out.csv'), ...more],
    );
  const out = (): Promise<string> => readFile(join(folder, 'out.csv'), 'utf8');

  // One feature each, so that nothing else is staged than what it can see.
  test.each([
    ['hour', 'event', 'n,hour__paid', '3,1110.00'],
    ['hour', 'arrived', 'n,hour__paid', '2,110.00'],
    ['hour_and_now', 'event', 'n,hour_and_now__paid', '4,11110.00'],
    ['hour_and_now', 'arrived', 'n,hour_and_now__paid', '3,10110.00'],
    ['place', 'event', 'country', 'FR'],
  ])('%s, by %s time', async (name, knowledge, columns, values) => {
    expect(await run(name, 'labels.csv', '--knowledge', knowledge)).toMatchObject({ code: 0 });
    expect(await out()).toBe(`shop,as_of,label,${name}__${columns}\na,2026-01-01T12:00:00.000000,x,${values}\n`);
  });

  test('more labels than one question holds', async () => {
    expect(await run('hour', 'many.csv')).toMatchObject({ code: 0, err: '' });
    const lines = (await out()).trimEnd().split('\n');
    expect(lines.length).toBe(50_002);
    expect([lines[1], lines[50_001]]).toEqual(['s0,2026-01-01T12:00:00.000000,0,0,', 's50000,2026-01-01T12:00:00.000000,50000,0,']);
  });

  test('labels without an instant, and none at all', async () => {
    expect(await run('hour,place', 'none.csv')).toMatchObject({ code: 0 });
    expect(await out()).toBe('shop,as_of,label,hour__n,hour__paid,place__country\na,,x,0,,\n');
    expect(await run('hour,place', 'empty.csv')).toMatchObject({ code: 0 });
    expect(await out()).toBe('shop,as_of,label,hour__n,hour__paid,place__country\n');
  });
});
