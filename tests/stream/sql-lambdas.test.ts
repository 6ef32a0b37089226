/** SQL that clients write, and values that they give: neither does more than it may. Asked with the real client, over HTTP. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chat, chats, type LambdaServer, lambdaServer, refused, sendChats } from './lambdas.ts';

let server: LambdaServer;
const lambdas = () => server.client('admin').queryLambdas;

beforeAll(async () => {
  server = await lambdaServer();
  await sendChats(server);
}, 60_000);
afterAll(() => server.stop());

const make = async (name: string, query: string, default_parameters: { name: string; type: string; value: string }[] = []) =>
  lambdas().updateQueryLambda('test', name, { sql: { query, default_parameters } }, true);
const run = async (name: string, parameters: { name: string; type: string; value: string }[] = [], more: object = {}) =>
  lambdas().executeQueryLambdaByTag('test', name, 'latest', { parameters, ...more });

describe('a value is a value', () => {
  const types = ['int', 'float', 'bool', 'string', 'date', 'datetime', 'time', 'timestamp'] as const;
  const attacks = [
    "'",
    "''",
    "' OR '1'='1",
    "s1' --",
    "s1'; DROP TABLE chats; --",
    '"; SELECT 1',
    ';--',
    '$1',
    '$x',
    ':x',
    '?',
    '/*',
    '*/',
    '\\',
    "\\' OR 1=1 --",
    '$$',
    '\u0000',
    '\u2019 OR 1=1',
    '＇ OR 1=1',
    '𝟏',
    '١',
    '😀',
    'NULL',
    "E'\\''",
    '1; DROP TABLE chats',
    '1 OR 1=1',
    '9223372036854775808',
    '-9223372036854775809',
    '1e400',
    '1e999999999',
    '0x10',
    '1_000',
    `${'9'.repeat(5000)}`,
    'true OR true',
    '2026-01-31; DROP TABLE chats',
    "2026-01-31' OR '1'='1",
    '2026-02-30',
    '99999-01-01',
    '25:00:00',
    '12:00:00; SELECT 1',
    'infinity',
    'epoch',
    'now',
  ];

  beforeAll(async () => {
    for (const type of types)
      await make(
        `echo_${type}`,
        'SELECT typeof(:x) AS is, (SELECT count(*) FROM chats) AS n, count(*) AS hits FROM chats WHERE CAST(:x AS VARCHAR) = body',
      );
    await make('echo', 'SELECT :x AS x, length(:x) AS n');
  });

  test.each(types)('%s', async (type) => {
    let refusals = 0;
    for (const value of attacks) {
      const answer = await run(`echo_${type}`, [{ name: 'x', type, value }]).catch((error) => error);
      if ('type' in answer) {
        refusals += 1;
        expect(answer).toMatchObject({ type: 'INVALIDINPUT', message: `the parameter x is no ${type}` });
      } else expect(answer.results, JSON.stringify(value)).toEqual([{ is: expect.any(String), n: chats.length, hits: 0 }]);
    }
    // Every text is a string; of other types only those few are values: `1e400` is beyond each.
    const values = { string: attacks.length, float: 3, int: 0, bool: 0, date: 0, datetime: 0, time: 0, timestamp: 0 }[type];
    expect(attacks.length - refusals).toBe(values);
    expect((await make('still', 'SELECT count(*) AS n FROM chats')).data?.state).toBe('ACTIVE');
  });

  test('any text comes back as it was given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (value) => {
        const { results } = await run('echo', [{ name: 'x', type: 'string', value }]);
        expect(results).toEqual([{ x: value, n: [...value].length }]);
      }),
      { numRuns: 200 },
    );
  });

  test('a text that is in the table is found, whatever is in it', async () => {
    await make('body', 'SELECT chat_id FROM chats WHERE body = :body');
    const { results } = await run('body', [{ name: 'body', type: 'string', value: String(chats[3]?.['body']) }]);
    expect(results).toEqual([{ chat_id: 'c4' }]);
  });

  test.each([
    ['int', '-9223372036854775808', 'BIGINT', '-9223372036854775808'],
    ['int', '42', 'BIGINT', 42],
    ['float', '1.5e3', 'DOUBLE', 1500],
    ['bool', 'true', 'BOOLEAN', true],
    ['string', '42', 'VARCHAR', '42'],
    ['date', '2026-01-31', 'DATE', '2026-01-31'],
    ['datetime', '2026-01-31T12:00:00.25', 'TIMESTAMP', '2026-01-31T12:00:00.250000'],
    ['time', '12:30:00.5', 'TIME', '12:30:00.500000'],
    ['timestamp', '2026-01-31T12:00:00+02:00', 'TIMESTAMP WITH TIME ZONE', '2026-01-31T10:00:00.000000Z'],
  ])('%s %s', async (type, value, is, x) => {
    await make('typed', 'SELECT :x AS x, typeof(:x) AS is');
    expect((await run('typed', [{ name: 'x', type, value }])).results).toEqual([{ x, is }]);
  });

  test('a parameter without a default is needed, and one that is not there is not taken', async () => {
    await make('needs', 'SELECT :a AS a, :b AS b', [{ name: 'b', type: 'int', value: '5' }]);
    const a = { name: 'A', type: 'string', value: 'x' };
    expect(await refused(run('needs'))).toMatchObject({
      type: 'INVALIDINPUT',
      message: 'the parameter a has no default, and is not given',
    });
    expect(await refused(run('needs', [a, { name: 'c', type: 'int', value: '1' }]))).toMatchObject({
      message: 'the query has no parameter c',
    });
    expect(await refused(run('needs', [a, a]))).toMatchObject({ type: 'INVALIDINPUT' });
    expect(await refused(run('needs', [a, { name: 'b', type: 'string', value: '1' }]))).toMatchObject({ type: 'INVALIDINPUT' });
    expect((await run('needs', [a])).results).toEqual([{ a: 'x', b: 5 }]);
  });
});

describe('what is no SELECT of the tables is refused when it is made', () => {
  test.each([
    'INSERT INTO chats SELECT * FROM chats',
    'DELETE FROM chats',
    'UPDATE chats SET body = NULL',
    'DROP TABLE chats',
    'CREATE TABLE t AS SELECT 1',
    'CREATE MACRO unnest(a) AS TABLE SELECT 1',
    "COPY chats TO '/tmp/chats.csv'",
    "COPY (SELECT 1) TO '/tmp/one.csv'",
    "ATTACH '/tmp/other.duckdb'",
    "ATTACH ':memory:' AS m",
    'INSTALL httpfs',
    'LOAD httpfs',
    'PRAGMA table_info(chats)',
    'PRAGMA enable_profiling',
    'SET threads = 8',
    'SET lock_configuration = false',
    'RESET enable_external_access',
    'CALL checkpoint()',
    'CHECKPOINT',
    'BEGIN TRANSACTION',
    'ROLLBACK',
    'EXPLAIN ANALYZE SELECT 1',
    'PREPARE p AS SELECT 1',
    "EXPORT DATABASE '/tmp/all'",
    'SELECT 1; SELECT 2',
    'SELECT 1; DROP TABLE chats',
    '; ; SELECT 1; DROP TABLE chats',
    'WITH x AS (INSERT INTO chats SELECT * FROM chats RETURNING *) SELECT * FROM x',
    'PIVOT chats ON stream_id USING count(*)',
    'SHOW TABLES',
    'DESCRIBE chats',
    'SUMMARIZE chats',
    'SELECT * FROM (DESCRIBE chats)',
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '/etc/passwd.csv'",
    "SELECT * FROM 'https://example.com/x.parquet'",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM chats WHERE EXISTS (SELECT 1 FROM glob('/*'))",
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_tables',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM main.chats',
    'SELECT * FROM checkpoint()',
    'SELECT * FROM force_checkpoint()',
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('chats')",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    'SELECT * FROM arrow_scan(1, 2, 3)',
    "SELECT current_setting('temp_directory')",
    "SELECT write_log('x')",
    "SELECT max(nextval('s')) OVER ()",
    'SELECT sleep_ms(100000)',
    'WITH "lockstep.positions" AS (SELECT * FROM "lockstep.positions") SELECT 1',
    'SELECT * FROM (WITH z AS (SELECT 1) SELECT * FROM z), z',
    'SELECT $1',
    'SELECT ?',
    'SELECT $x',
    'SELECT :x, $y',
    '',
    'no SQL at all',
    'SELECT',
  ])('%s', async (query) => {
    const error = await refused(make('refused', query));
    expect(error['type']).toBe(query === '' ? 'INVALIDINPUT' : 'QUERY_ERROR');
    expect(String(error['message']).length).toBeGreaterThan(5);
    expect(await refused(lambdas().listQueryLambdaVersions('test', 'refused'))).toMatchObject({ type: 'NOTFOUND' });
  });

  test.each([
    [
      'SELECT stream_id, count(*) AS n FROM chats GROUP BY ALL ORDER BY 1',
      [
        { stream_id: 's1', n: 3 },
        { stream_id: 's2', n: 1 },
      ],
    ],
    ['WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT x FROM b', [{ x: 2 }]],
    ['WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 4) SELECT max(n) AS n FROM r', [{ n: 4 }]],
    ['WITH chats AS (SELECT 5 AS five) SELECT * FROM chats', [{ five: 5 }]],
    ['SELECT n FROM unnest([1, 2]) AS t(n) ORDER BY n DESC', [{ n: 2 }, { n: 1 }]],
    ['VALUES (1.50::DECIMAL(5,2), NULL)', [{ col0: '1.50', col1: null }]],
    ['FROM chats SELECT min(sent_at) AS first', [{ first: '2026-03-01T19:40:00.000000' }]],
    [
      "SELECT {'a': [1, 2], 'b': DATE '2026-01-31'} AS s, 9007199254740993::BIGINT AS big, 'NaN'::DOUBLE AS nan",
      [{ s: { a: [1, 2], b: '2026-01-31' }, big: '9007199254740993', nan: 'NaN' }],
    ],
    ['SELECT 1 AS a, 2 AS a; -- the end', [{ a: 1, 'a:1': 2 }]],
    ['SELECT 1 AS "__proto__"', [JSON.parse('{"__proto__": 1}')]],
  ])('and a SELECT is not: %s', async (query, wanted) => {
    await make('fine', query);
    expect((await run('fine')).results).toEqual(wanted);
  });
});

describe('a query has its bounds', () => {
  const endless = 'SELECT count(*) AS n FROM range(10000000000) AS a(x), range(1000) AS b(y) WHERE x + y = :never';

  test('of time, and features are answered meanwhile', async () => {
    await make('endless', endless, [{ name: 'never', type: 'int', value: '-1' }]);
    const begun = performance.now();
    const slow = refused(run('endless', [], { timeout_ms: 600 }));
    const behind = refused(run('endless', [], { timeout_ms: 100 }));
    const feature = await lambdas().executeQueryLambdaByTag('features', 'stream_chat_activity', 'latest', {
      parameters: [{ name: 'stream_id', type: 'string', value: 's1' }],
    });
    expect(feature.results).toHaveLength(1);
    expect(performance.now() - begun).toBeLessThan(500);
    const error = await slow;
    expect(error).toMatchObject({ type: 'QUERY_TIMEOUT', message: 'the query took longer than 600 ms' });
    expect(error['query_id']).toBe(error['trace_id']);
    // It waited, and its time was over before its turn.
    expect(await behind).toMatchObject({ type: 'QUERY_TIMEOUT', message: 'the query took longer than 100 ms' });
    expect(performance.now() - begun).toBeLessThan(5000);
    await make('after', 'SELECT 1 AS one');
    expect((await run('after')).results).toEqual([{ one: 1 }]);
    const { data } = await lambdas().getQueryLambdaTagVersion('test', 'endless', 'latest');
    expect(data?.version?.stats).toMatchObject({ last_execution_error: 'QUERY_TIMEOUT' });
  });

  test('of rows', async () => {
    await make('many', 'SELECT range AS n FROM range(:rows)', [{ name: 'rows', type: 'int', value: '5' }]);
    const rows = (n: number) => [{ name: 'rows', type: 'int', value: String(n) }];
    expect((await run('many')).results).toHaveLength(5);
    expect((await run('many', rows(1_000_000_000), { default_row_limit: 3 })).results).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    expect((await run('many', rows(100_000))).results_total_doc_count).toBe(100_000);
    expect(await refused(run('many', rows(100_001)))).toMatchObject({ type: 'RESOURCEEXCEEDED' });
    await make('limited', 'SELECT range AS n FROM range(100) LIMIT 7');
    expect((await run('limited', [], { default_row_limit: 3 })).results).toHaveLength(7);
    expect(await refused(run('many', [], { default_row_limit: -1 }))).toMatchObject({ type: 'INVALIDINPUT' });
  });

  test('of length and depth', async () => {
    expect(await refused(make('long', `SELECT '${'x'.repeat(65_536)}'`))).toMatchObject({ type: 'INVALIDINPUT' });
    expect(await refused(make('deep', `SELECT 1${'+1'.repeat(900)}`))).toMatchObject({
      type: 'QUERY_ERROR',
      message: 'expressions are nested more than 200 deep',
    });
    expect(await refused(make('deeper', `SELECT ${'('.repeat(20_000)}1`))).toMatchObject({ type: 'QUERY_ERROR' });
    expect((await make('flat', `SELECT 1 WHERE 1 IN (${'1,'.repeat(5000)}1)`)).data?.state).toBe('ACTIVE');
  });

  test('of how many wait', async () => {
    await make('busy', endless, [{ name: 'never', type: 'int', value: '-1' }]);
    const types = await Promise.all(Array.from({ length: 80 }, async () => (await refused(run('busy', [], { timeout_ms: 400 })))['type']));
    expect(types.filter((t) => t === 'RATELIMITEXCEEDED')).toHaveLength(16);
    expect(types.filter((t) => t === 'QUERY_TIMEOUT')).toHaveLength(64);
  });

  test('and an error of a row does not say what was in it', async () => {
    await make('cast', 'SELECT CAST(body AS INTEGER) AS n FROM chats');
    const error = await refused(run('cast'));
    expect(error).toMatchObject({ type: 'QUERY_ERROR', message: 'the query failed: Conversion Error' });
    expect(JSON.stringify(error)).not.toContain('wow');
  });
});

test('what comes later is in the next answer', async () => {
  await make('seen', 'SELECT count(*) AS n FROM chats');
  expect((await run('seen')).results).toEqual([{ n: chats.length }]);
  await sendChats(server, [chat('c5', 's5', 1, 'later', '2026-03-01T20:00:00.000000')]);
  expect((await run('seen')).results).toEqual([{ n: chats.length + 1 }]);
});
