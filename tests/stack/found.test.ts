/** What ClickHouse once answered otherwise, and the frames that it has no form of: each against the reference. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { engines, type Opened } from '../gold/engines.ts';
import { setUp } from '../gold/setup.ts';
import { referenceRows, statementOf } from '../gold/world.ts';

let clickhouse: Opened;
beforeAll(async () => {
  await loadParser();
  clickhouse = await (engines.find(({ name }) => name === 'clickhouse') as (typeof engines)[number]).open();
}, 60_000);
afterAll(() => clickhouse.close());

function prepared(sql: string, ...setup: readonly string[]) {
  const made = setUp(setup);
  if (made.kind === 'unsupported') throw new Error(made.reason);
  return { statement: statementOf(sql, made.world), world: made.world };
}

const sorted = (rows: readonly (readonly unknown[])[]): readonly string[] => rows.map((row) => row.map(String).join('|')).sort();

async function agree(sql: string, ...setup: readonly string[]): Promise<void> {
  const { statement, world } = prepared(sql, ...setup);
  expect(sorted(await clickhouse.rows(statement, world))).toEqual(sorted(referenceRows(statement, world)));
}

async function raises(message: string, sql: string, ...setup: readonly string[]): Promise<void> {
  const { statement, world } = prepared(sql, ...setup);
  await expect(clickhouse.rows(statement, world)).rejects.toThrow(message);
}

const texts = ['CREATE TABLE t (s VARCHAR)', "INSERT INTO t VALUES (''), ('é'), ('👍👍'), (NULL), ('a\\nb')"];

test('a digest that ends with zeros has them', () =>
  agree("SELECT MD5_BINARY(s), LENGTH(MD5_BINARY(s)) FROM t WHERE s LIKE 'a%'", ...texts));

test('EDITDISTANCE from nothing counts characters', () => agree("SELECT s, EDITDISTANCE(s, ''), EDITDISTANCE('', s) FROM t", ...texts));

test('INITCAP of nothing beside other texts', () => agree('SELECT INITCAP(s) FROM t', ...texts));

test('bytes go in and out', () =>
  agree("SELECT b, LPAD(b, 4, b), b || TO_BINARY('00') FROM u", 'CREATE TABLE u (b BINARY)', "INSERT INTO u SELECT TO_BINARY('00FF80')"));

const instants = [
  'CREATE TABLE e (t TIMESTAMP_NTZ, x INT)',
  "INSERT INTO e VALUES ('2024-01-01 00:00:00.000001', 1), ('2024-01-08 00:00:00.000000', 2), ('2024-01-08 00:00:00.000001', 4), ('2024-01-08 00:00:00.000002', 8), (NULL, 16), (NULL, 32), ('1901-01-01 10:00:00.999999', 64), ('1901-01-08 10:00:00.999999', 128)",
];

test.each([
  ["INTERVAL '7 days' PRECEDING AND CURRENT ROW", ''],
  ["INTERVAL '20 minutes' PRECEDING AND INTERVAL '1 microsecond' PRECEDING", ''],
  ["UNBOUNDED PRECEDING AND INTERVAL '1 microsecond' FOLLOWING", 'NULLS FIRST'],
  ["INTERVAL '1 microsecond' PRECEDING AND UNBOUNDED FOLLOWING", 'DESC NULLS LAST'],
  ["CURRENT ROW AND INTERVAL '90 minutes' FOLLOWING", 'DESC'],
])('a RANGE of %s keeps the last microsecond, and NULLs among themselves (%s)', (frame, order) =>
  agree(
    `SELECT t, SUM(x) OVER (ORDER BY t ${order} RANGE BETWEEN ${frame}), COUNT(x) OVER (ORDER BY t ${order} RANGE BETWEEN ${frame}) FROM e`,
    ...instants,
  ),
);

const keys = ['CREATE TABLE k (n NUMBER(38, 2), x INT)', 'INSERT INTO k VALUES (0.01, 1), (2.51, 2), (2.52, 4), (-2.5, 8), (NULL, 16)'];

test('a RANGE of decimals', () => agree('SELECT n, SUM(x) OVER (ORDER BY n RANGE BETWEEN 2.5 PRECEDING AND CURRENT ROW) FROM k', ...keys));

test('a RANGE over numbers that a double cannot tell apart raises', () =>
  raises(
    'more than 53 bits',
    'SELECT n, SUM(x) OVER (ORDER BY n RANGE BETWEEN 1 PRECEDING AND CURRENT ROW) FROM k',
    ...keys,
    'INSERT INTO k VALUES (90071992547409.93, 1)',
  ));

const digits = [
  'CREATE TABLE d (s VARCHAR)',
  "INSERT INTO d VALUES ('0'), ('31535999999'), ('946684800123456789'), (NULL), ('2024-02-29')",
];

test('digits alone are a time since 1970', () => agree("SELECT s::DATE, s::TIMESTAMP_NTZ FROM d WHERE s <> '31535999999'", ...digits));

test('and raise beyond the years there are', () => raises('outside the years 1900 to 2299', 'SELECT s::DATE FROM d', ...digits));

test('what raises over constants is no NULL', () =>
  raises('text is no TIMESTAMP_NTZ', 'SELECT s, PARSE_JSON(0)::TIMESTAMP_NTZ FROM d', ...digits));

const json = [
  'CREATE TABLE j (k INT, v VARIANT)',
  `INSERT INTO j SELECT 1, PARSE_JSON('{"a":[1,2.5,"x",null,{"b":"y"}],"c":null,"z":{"y":1,"b":[]}}')`,
  `INSERT INTO j SELECT 2, PARSE_JSON('[]')`,
  'INSERT INTO j SELECT 3, NULL',
];

test('paths, kinds and texts of JSON', () =>
  agree(
    'SELECT k, v:a[1]::VARCHAR, v:a[4].b::VARCHAR, v:a::VARCHAR, v[0]::VARCHAR, v:c::VARCHAR, IS_NULL_VALUE(v:c), v:z FROM j',
    ...json,
  ));

test.each(['', ', OUTER => TRUE'])('FLATTEN of JSON%s', (outer) =>
  agree(`SELECT j.k, f.key, f.index, f.value::VARCHAR FROM j, LATERAL FLATTEN(INPUT => j.v${outer}) f`, ...json),
);

test('FLATTEN of what was flattened, and joins around it', () =>
  agree(
    'SELECT j.k, o.k, f.key, g.index, g.value::VARCHAR FROM j JOIN j AS o ON o.k = j.k + 1, LATERAL FLATTEN(INPUT => j.v) f, LATERAL FLATTEN(INPUT => f.value) g',
    ...json,
  ));

test('an array that a join does not find is NULL', () =>
  agree(
    'SELECT j.k, ARRAY_SIZE(a.x), a.x IS NULL FROM j LEFT JOIN (SELECT k, ARRAY_AGG(k) WITHIN GROUP (ORDER BY k) AS x FROM j WHERE k < 2 GROUP BY k) a ON a.k = j.k',
    ...json,
  ));

test('an alias that is the name of another relation beside it', () =>
  agree(
    'WITH a AS (SELECT k FROM j WHERE k < 3), b AS (SELECT k + 10 AS k FROM j) SELECT a.k, b.k FROM b AS a LEFT JOIN a AS b ON b.k = a.k - 10',
    ...json,
  ));
