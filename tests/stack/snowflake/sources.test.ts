/** `lockstep sources` on the emulated server: what is counted against rows counted one by one, what is found and drafted against what was made there by hand. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { number, timestamp, varchar } from '../../../compiler/sql-type.ts';
import { snowflakeOn } from '../../../runners/engines/snowflake/connection.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { openSnowflakeReal } from '../../../runners/sources/real/snowflake.ts';
import { counted, measured, type Row, row } from '../../cli/measured-rows.ts';
import { folderWith, lockstep, put, type Ran } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { targetLine } from './target.ts';

const isMissing = missingParts.includes('fakesnow') || missingParts.includes('apache-arrow');

/** The story of docs/sources.md. */
const before = [
  'CREATE SCHEMA IF NOT EXISTS lockstep.shop',
  `CREATE OR REPLACE TABLE lockstep.shop.sales (sale_id NUMBER(19, 0) PRIMARY KEY, shop VARCHAR, status VARCHAR, buyer VARCHAR, price NUMBER(10, 2),
    basket ARRAY, sold_at TIMESTAMP_NTZ, came_at TIMESTAMP_NTZ)`,
  `INSERT INTO lockstep.shop.sales
    SELECT i, 'shop ' || MOD(i, 3), IFF(MOD(i, 4) = 0, 'refunded', 'paid'), 'buyer ' || i, 1.25, NULL, t, DATEADD(SECOND, 2, t)
    FROM (SELECT i, DATEADD(MINUTE, 20 * i, '2026-01-01'::TIMESTAMP_NTZ) AS t
      FROM (SELECT ROW_NUMBER() OVER (ORDER BY seq4()) - 1 AS i FROM TABLE(GENERATOR(ROWCOUNT => 2160))))`,
  'CREATE OR REPLACE TABLE lockstep.shop."Mixed" ("Key" VARCHAR, part NUMBER(3, 0), seen_at TIMESTAMP_NTZ, UNIQUE (part, "Key"))',
];

const after = [
  `CREATE OR REPLACE TABLE lockstep.shop.rebuilt AS
    SELECT sale_id, shop, status, buyer, price::DOUBLE AS price, sold_at, came_at, 'web' AS channel FROM lockstep.shop.sales`,
  'DROP TABLE lockstep.shop.sales',
  'ALTER TABLE lockstep.shop.rebuilt RENAME TO lockstep.shop.sales',
  `UPDATE lockstep.shop.sales SET status = 'Refunded' WHERE status = 'refunded' AND sold_at >= '2026-01-28'`,
  `DELETE FROM lockstep.shop.sales WHERE sold_at BETWEEN '2026-01-29 04:00' AND '2026-01-29 23:00'`,
  'UPDATE lockstep.shop.sales SET sold_at = NULL WHERE MOD(sale_id, 1000) = 7',
];

const declared = `streams:
  sales:
    warehouse: raw.shop.sales
    key: sale_id
    event_time: sold_at
    ingest_time: came_at
    lateness: 10 minutes
    columns:
      sale_id: NUMBER(19,0)
      shop: VARCHAR
      status: VARCHAR
      buyer: { type: VARCHAR, pii: true }
      price: NUMBER(10,2)
      sold_at: TIMESTAMP_NTZ
      came_at: TIMESTAMP_NTZ
`;
const feature = (owner: string, sql: string): string => `/*---\nentity: shop\nowner: ${owner}\nevery: 1 hour\n---*/\n${sql}\n`;
const features = {
  'transforms/features/shop_paid.sql': feature(
    'payments',
    `SELECT shop, SUM(CASE WHEN status = 'paid' THEN price END) AS paid_1d, COUNT_IF(status IN ('refunded', 'charged back')) AS returned_1d
FROM sales WHERE sold_at >= as_of() - INTERVAL '1 day' GROUP BY shop`,
  ),
  'transforms/features/shop_buyers.sql': feature(
    'growth',
    `SELECT shop, COUNT(DISTINCT buyer) AS buyers_1d FROM sales WHERE sold_at >= as_of() - INTERVAL '1 day' GROUP BY shop`,
  ),
};

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let session: Session;
  const all = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await session.run(statement);
  };

  beforeAll(async () => {
    server = await startFakesnow();
    session = await openSession(server.settings);
  }, 120_000);

  afterAll(async () => {
    await session?.close();
    await server?.stop();
  });

  test.each(['events', 'versions'] as const)(
    'rows of %s are counted as one by one',
    async (name) => {
      const connection = snowflakeOn(session);
      const columns = [
        { name: 'DAY', type: number(38) },
        { name: 'RAW_ROWS', type: varchar },
        { name: 'DATED_AT', type: timestamp },
        { name: 'DATED', type: timestamp },
        { name: 'In "quotes"', type: varchar },
      ];
      const environment = { SNOW_USER: 'u', SNOW_PASSWORD: 'p' };
      const { port, hostname } = new URL(server.proxy.url);
      const account = {
        account: 'emulated',
        host: hostname,
        port,
        protocol: 'http',
        user: 'u',
        password: "{{ env_var('SNOW_PASSWORD') }}",
        database: 'LOCKSTEP',
      };
      const target = {
        engine: 'snowflake' as const,
        path: null,
        schema: 'main',
        account,
        dbt: null,
        databases: {},
        schemas: {},
        models: {},
      };
      await session.run('CREATE SCHEMA IF NOT EXISTS LOCKSTEP.MAIN');
      const warehouse = await openSnowflakeReal({ name: 'snow', declared: target, folder: '.', environment });
      const big = (value: number | null): bigint | null => (value === null ? null : BigInt(value));
      try {
        await fc.assert(
          fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows: readonly Row[]) => {
            const typed = rows.map((r) => [big(r.day), r.key, big(r.time), big(r.ingest), r.value]);
            await connection.load('LOCKSTEP.MAIN.events', columns, typed);
            expect(await measured(warehouse, name)).toEqual(counted(rows, name));
          }),
          { numRuns: 12, seed: 7 },
        );
      } finally {
        await warehouse.close();
      }
    },
    120_000,
  );

  test('a draft, and what the check says before and after the team upstream changed a few things', async () => {
    await all(before);
    const folder = await folderWith({
      'lockstep.yml': `name: shop\ntargets:\n  ${targetLine(server, ', databases: { raw: LOCKSTEP }')}\n`,
    });
    const drafted = await lockstep(
      'sources',
      'import',
      '--project',
      folder,
      '--target',
      'snow',
      '--relation',
      'shop.sales',
      '--relation',
      'Mixed',
    );
    expect({ code: drafted.code, err: drafted.err }).toEqual({
      code: 0,
      err: 'sales: still to be said: event_time\nmixed: still to be said: key\n',
    });
    expect(drafted.out.slice(drafted.out.indexOf('streams:'))).toBe(`streams:
  sales:
    warehouse: raw.shop.sales
    key: sale_id # check: the table declares it as PRIMARY KEY, which Snowflake does not enforce
    event_time: # check: which column dates an event: SOLD_AT, CAME_AT?
    # check: ingest_time: is there a column that says when the platform first had the row?
    # check: lateness: how late may a row come? Without it, not at all
    columns:
      sale_id: NUMBER(19,0)
      shop: VARCHAR
      status: VARCHAR
      buyer: VARCHAR
      price: NUMBER(10,2)
      basket: VARIANT
      sold_at: TIMESTAMP_NTZ
      came_at: TIMESTAMP_NTZ
  mixed:
    warehouse: "raw.shop.\\"Mixed\\""
    key: # check: which columns identify a row? No test or constraint says that columns are unique which can be a key
    event_time: seen_at # check: its only timestamp
    # check: ingest_time: is there a column that says when the platform first had the row?
    # check: lateness: how late may a row come? Without it, not at all
    columns:
      "Key": VARCHAR
      part: NUMBER(3,0)
      seen_at: TIMESTAMP_NTZ
`);
    await put(folder, { 'transforms/sources.yml': declared, ...features });
    const check = (): Promise<Ran> => lockstep('sources', 'check', '--project', folder, '--target', 'snow', '--now', '2026-01-31T00:30:00');
    expect(await check()).toEqual({
      code: 0,
      out: `sales  raw.shop.sales  2160 rows, the newest of 2026-01-30T23:40:02
  warning[literal-unseen] STATUS: "charged back" that features compare it with is in no row
    read by shop_paid (payments)
  note[column-undeclared] BASKET: the warehouse has it (VARIANT), and sources.yml does not
1 source: 0 errors, 1 warning, 1 note
`,
      err: '',
    });
    await all(after);
    // Word for word what is found of the same rows on DuckDB, but for the name of a type and a column in capitals.
    expect(await check()).toEqual({
      code: 1,
      out: `sales  raw.shop.sales  2102 rows, the newest of 2026-01-30T23:40:02
  error[type-unfit] PRICE: it is declared NUMBER(10,2), and the warehouse has FLOAT, which is not read as that exactly; materialize, backfill and training sets refuse it for all 2 features of this source, and dbt computes with what is there
    read by shop_paid (payments)
  warning[rows-quarantined] 3 rows of 2102: sold_at is NULL; neither form reads them
    read by shop_buyers (growth), shop_paid (payments)
  warning[volume-unusual] 2026-01-29 has 14 rows; 26 days before have a median of 72, give or take 14
    read by shop_buyers (growth), shop_paid (payments)
  warning[value-new] STATUS: 1 value of the last 7 days was never there before: "Refunded" (39 rows)
    read by shop_paid (payments)
  warning[literal-unseen] STATUS: "charged back" that features compare it with is in no row
    read by shop_paid (payments)
  note[column-undeclared] CHANNEL: the warehouse has it (VARCHAR), and sources.yml does not
1 source: 1 error, 4 warnings, 1 note
`,
      err: '',
    });
    await session.run('ALTER TABLE lockstep.shop.sales RENAME COLUMN shop TO outlet');
    await session.run('ALTER TABLE lockstep.shop.sales RENAME COLUMN channel TO "shop"');
    const renamed = await check();
    expect(renamed.out).toContain('error[column-missing] SHOP: raw.shop.sales does not have it');
  }, 120_000);
});
