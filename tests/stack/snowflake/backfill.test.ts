/** `lockstep backfill --target` from the emulated server: what is in the store is what was put in there by hand. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSources } from '../../../compiler/authoring/sources.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { pieceRows } from '../../../runners/stream/store/fill.ts';
import { openKept } from '../../../runners/stream/store/kept.ts';
import { openTarget } from '../../../runners/warehouse/open-target.ts';
import { type Files, folderWith, lockstep, type Ran } from '../../support/cli.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';
import { targetLine } from './target.ts';

const isMissing = missingParts.includes('fakesnow') || missingParts.includes('apache-arrow');

const sources = `streams:
  sales:
    warehouse: raw.shop.sales
    key: sale_id
    event_time: sold_at
    ingest_time: came_at
    columns:
      sale_id: NUMBER(9,0)
      buyer: NUMBER(38,0)
      price: NUMBER(10,2)
      weight: FLOAT
      shop: VARCHAR
      is_gift: BOOLEAN
      due: DATE
      note: VARIANT
      '"Mixed Case"': VARCHAR
      sold_at: TIMESTAMP_NTZ
      came_at: TIMESTAMP_NTZ
tables:
  shops:
    warehouse: ref('shops_history')
    key: shop
    updated_at: updated_at
    columns: { shop: VARCHAR, country: VARCHAR, updated_at: TIMESTAMP_NTZ }
`;

/** A price with fewer digits than are declared, whole numbers with more. */
const made = [
  'CREATE DATABASE IF NOT EXISTS landed',
  'CREATE SCHEMA IF NOT EXISTS landed.shop_in',
  `CREATE OR REPLACE TABLE landed.shop_in.sales (loaded_by VARCHAR, sale_id NUMBER(38, 0), buyer NUMBER(18, 0), price NUMBER(6, 1), weight FLOAT,
    shop VARCHAR, is_gift BOOLEAN, due DATE, note VARIANT, "Mixed Case" VARCHAR, sold_at TIMESTAMP_NTZ, came_at TIMESTAMP_NTZ)`,
  `INSERT INTO landed.shop_in.sales SELECT 'x', column1, column2, column3, column4, column5, column6, column7, PARSE_JSON(column8), column9, column10, column11 FROM VALUES
    (1, 7, 1.5, 0.5, 'a', TRUE, '2026-01-01', '{}', 'early', '2026-01-01 11:59:59.999999', '2026-01-01 12:00:00'),
    (2, 9007199254740993, -0.1, 0.1, 'it''s; DROP', TRUE, '1969-12-31', '{"b": [1, "x", null], "a": 1.5}', 'b', '2026-01-01 12:00:00', '2026-01-01 12:00:01.000001'),
    (3, -1, 99999.9, 0.30000000000000004, '', FALSE, '0001-01-01', 'null', 'NULL', '2026-01-01 12:00:00.000001', '2026-01-01 12:00:02'),
    (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '9999-12-31 23:59:59.999999', NULL),
    (5, 0, 0, 1.7976931348623157e308, '😀', NULL, '9999-12-31', '"t"', 'c', '2026-01-01 12:00:03', '2026-01-01 12:00:03'),
    (6, 0, 0, 5e-324, 'a', NULL, NULL, NULL, NULL, '2026-01-01 12:00:04', '2026-01-01 12:00:04'),
    (7, 0, 0, 123456789.12345679, 'a', NULL, NULL, NULL, NULL, '2026-01-01 12:00:05', '2026-01-01 12:00:05')`,
  // A copy, one without a time, one dated ahead of its ingest.
  `INSERT INTO landed.shop_in.sales SELECT * FROM landed.shop_in.sales WHERE sale_id = 6`,
  `INSERT INTO landed.shop_in.sales (sale_id, sold_at, came_at) VALUES (8, NULL, '2026-01-02'), (9, '2026-01-03', '2026-01-02')`,
  'CREATE SCHEMA IF NOT EXISTS landed.built',
  'CREATE OR REPLACE TABLE landed.built.shops_history (shop VARCHAR, country VARCHAR, updated_at TIMESTAMP_NTZ)',
  `INSERT INTO landed.built.shops_history VALUES ('a', 'DE', '2020-01-01'), ('a', 'FR', '2026-01-02')`,
];

const noon = 1_767_268_800_000_000n;

describe.skipIf(isMissing)('emulated', () => {
  let server: Fakesnow;
  let session: Session;

  beforeAll(async () => {
    server = await startFakesnow();
    session = await openSession(server.settings);
  }, 120_000);

  afterAll(async () => {
    await session?.close();
    await server?.stop();
  });

  const map = ', databases: { raw: landed }, schemas: { shop: shop_in }, models: { shops_history: landed.built.shops_history }';

  async function shop(statements: readonly string[] = [], files: Files = {}): Promise<string> {
    for (const statement of [...made, ...statements]) await session.run(statement);
    return folderWith({
      'lockstep.yml': `name: small\ntargets:\n  ${targetLine(server, map)}\n`,
      'transforms/sources.yml': sources,
      ...files,
    });
  }

  const backfill = (folder: string, ...more: string[]): Promise<Ran> =>
    lockstep('backfill', '--project', folder, '--target', 'snow', '--since', '2026-01-01T12:00:00', ...more);

  const [salesSource, shopsSource] = readSources({ path: 'sources.yml', text: sources }, []).sources;

  async function inStore(folder: string) {
    if (salesSource === undefined || shopsSource === undefined) throw new Error('no sources');
    const store = await openKept(join(folder, '.lockstep/store/events.duckdb'), [salesSource, shopsSource]);
    const reader = await store.reader();
    const names = salesSource.columns.map(({ name }) => `"${name}"`).join(', ');
    const sales = await reader.query(`SELECT ${names} FROM SALES ORDER BY SALE_ID`, salesSource.columns);
    const shops = await reader.query('SELECT SHOP, COUNTRY, UPDATED_AT FROM SHOPS ORDER BY ALL', shopsSource.columns);
    const state = store.state().sources;
    reader.close();
    await store.close();
    return { sales, shops, state };
  }

  test('every type, from --since on to the microsecond, and all versions of tables', async () => {
    const folder = await shop();
    expect(await backfill(folder)).toEqual({
      code: 0,
      err: '',
      out: `sales: 6 new rows, 1 there already, 2 quarantined, of 9; complete to arrivals of 2026-01-02T00:00:00.000000
shops: 2 new rows, 0 there already, of 2; complete to arrivals of 2026-01-02T00:00:00.000000\n`,
    });
    const { sales, shops, state } = await inStore(folder);
    expect(sales).toEqual([
      [2n, 9_007_199_254_740_993n, -10n, 0.1, "it's; DROP", true, -1n, '{"a":1.5,"b":[1,"x",null]}', 'b', noon, noon + 1_000_001n],
      [3n, -1n, 9_999_990n, 0.1 + 0.2, '', false, -719_162n, 'null', 'NULL', noon + 1n, noon + 2_000_000n],
      [4n, null, null, null, null, null, null, null, null, 253_402_300_799_999_999n, null],
      [5n, 0n, 0n, Number.MAX_VALUE, '😀', null, 2_932_896n, '"t"', 'c', noon + 3_000_000n, noon + 3_000_000n],
      [6n, 0n, 0n, 5e-324, 'a', null, null, null, null, noon + 4_000_000n, noon + 4_000_000n],
      [7n, 0n, 0n, 123_456_789.123_456_79, 'a', null, null, null, null, noon + 5_000_000n, noon + 5_000_000n],
    ]);
    expect(shops).toEqual([
      ['a', 'DE', 1_577_836_800_000_000n],
      ['a', 'FR', 1_767_312_000_000_000n],
    ]);
    expect(state.get('sales')?.history.filled?.since).toBe(noon);
    expect((await backfill(folder, '--source', 'shops')).out).toContain('shops: 0 new rows, 2 there already');
  });

  test('the instant is bound, sessions are tagged, and tables are only read', async () => {
    const folder = await shop();
    const before = server.proxy.asked.length;
    await backfill(folder);
    const asked = server.proxy.asked.slice(before);
    expect(asked.join('\n')).not.toContain('2026-01-01');
    expect(asked).toContain(`ALTER SESSION SET QUERY_TAG = 'nightly {"tool":"lockstep","command":"backfill"}'`);
    expect(asked.filter((sql) => !/^(SELECT|ALTER SESSION SET) /.test(sql))).toEqual([]);
  });

  test.each<[string, string, string]>([
    [
      'a column that is not there',
      'ALTER TABLE landed.shop_in.sales DROP COLUMN price',
      'the source sales: the column PRICE is declared NUMBER(10,2), and raw.shop.sales does not have it',
    ],
    [
      'a column in another case',
      'ALTER TABLE landed.built.shops_history RENAME COLUMN country TO "Country"',
      "the source shops: the column COUNTRY is declared VARCHAR, and ref('shops_history') does not have it",
    ],
    [
      'a FLOAT for a NUMBER',
      'CREATE OR REPLACE TABLE landed.shop_in.sales AS SELECT * EXCLUDE (price), 1.5::FLOAT AS price FROM landed.shop_in.sales',
      'the source sales: the column PRICE is declared NUMBER(10,2), and raw.shop.sales has it as FLOAT, which does not cast exactly',
    ],
    [
      'more digits after the point',
      'CREATE OR REPLACE TABLE landed.shop_in.sales AS SELECT * EXCLUDE (price), 1.5::NUMBER(10, 3) AS price FROM landed.shop_in.sales',
      'the source sales: the column PRICE is declared NUMBER(10,2), and raw.shop.sales has it as NUMBER(10,3), which does not cast exactly',
    ],
    [
      'a text that may be JSON',
      `CREATE OR REPLACE TABLE landed.shop_in.sales AS SELECT * EXCLUDE (note), '{}' AS note FROM landed.shop_in.sales`,
      'the source sales: the column NOTE is declared VARIANT, and raw.shop.sales has it as VARCHAR, which does not cast exactly\nhint: a view may read the text: PARSE_JSON(…)',
    ],
    [
      'numbers that the declared type does not hold',
      `INSERT INTO landed.shop_in.sales (sale_id, sold_at) VALUES (1000000000, '2026-01-02'), (-1000000000, '2026-01-02')`,
      'the source sales: the column SALE_ID of raw.shop.sales has values that its declared type does not hold, in 2 of 11 rows',
    ],
    [
      'years that are none',
      `INSERT INTO landed.built.shops_history VALUES ('b', 'DE', '10000-01-01')`,
      "the source shops: the column UPDATED_AT of ref('shops_history') has values that its declared type does not hold, in 1 of 3 rows",
    ],
    [
      'a relation that is not there',
      'DROP TABLE landed.built.shops_history',
      "the target snow has no relation ref('shops_history'), where the source shops is, or its role may not see it\nhint: ",
    ],
  ])('%s: said before anything is written', async (_, sql, message) => {
    const folder = await shop([sql]);
    const { code, out, err } = await backfill(folder);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.startsWith(`error: ${message}`) || err).toBe(true);
    await expect(stat(join(folder, '.lockstep'))).rejects.toThrow('ENOENT');
  });

  test('a number of which a double keeps nothing, in a document: it ends there', async () => {
    const folder = await shop([
      `INSERT INTO landed.shop_in.sales (sale_id, sold_at, note) SELECT 10, '2026-01-02', PARSE_JSON('{"n":12345678901234567}')`,
    ]);
    expect(await backfill(folder)).toMatchObject({
      code: 2,
      err: 'error: the source sales: a value of the column NOTE of raw.shop.sales cannot be read exactly\n',
    });
  });

  test('upstream: fakesnow has TIMESTAMP_LTZ as a TIMESTAMP_TZ, which is refused', async () => {
    expect(await session.describe("SELECT '2026-01-01'::TIMESTAMP_LTZ AS at")).toMatchObject([{ type: 'timestamp_tz' }]);
  });

  test('upstream: fakesnow keeps microseconds, so that nanoseconds are not tried', async () => {
    expect(
      await session.run("SELECT '2026-01-01 12:00:00.123456789'::TIMESTAMP_NTZ(9) = '2026-01-01 12:00:00.123456'::TIMESTAMP_NTZ(9)"),
    ).toEqual([[true]]);
  });

  test('rows come in pieces of one commit, and whoever stops reads no further', async () => {
    const folder = await shop([
      `INSERT INTO landed.shop_in.sales (sale_id, sold_at, came_at) SELECT 100 + seq8(), '2026-01-02', '2026-01-02' FROM TABLE(GENERATOR(ROWCOUNT => ${pieceRows + 10}))`,
    ]);
    if (salesSource === undefined) throw new Error('no source');
    const { port } = new URL(server.proxy.url);
    const warehouse = await openTarget(
      {
        name: 'snow',
        declared: {
          ...{
            engine: 'snowflake',
            path: null,
            schema: 'PUBLIC',
            databases: { raw: 'landed' },
            schemas: { shop: 'shop_in' },
            models: {},
            dbt: null,
          },
          account: {
            account: 'emulated',
            host: '127.0.0.1',
            port,
            protocol: 'http',
            user: 'u',
            password: "{{ env_var('P') }}",
            database: 'X',
          },
        },
        folder,
        environment: { P: 'p' },
      },
      'backfill',
    );
    const past = await warehouse.past(salesSource, noon);
    const sizes: number[] = [];
    for await (const piece of past.pieces()) sizes.push(piece.length);
    expect([past.total, sizes]).toEqual([pieceRows + 19, [pieceRows, 19]]);
    for await (const piece of past.pieces()) {
      expect(piece.length).toBe(pieceRows);
      break;
    }
    await warehouse.close();
  });
});
