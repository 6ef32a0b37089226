/** Snowflake's driver on the emulated server: every type there and back, what a session says of itself, streams that are given up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SqlType, varchar } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { snowflakeOn } from '../../../runners/engines/snowflake/connection.ts';
import { openSession, type Session } from '../../../runners/engines/snowflake/session.ts';
import { missingParts } from '../in-stack.ts';
import { type Fakesnow, startFakesnow } from './fakesnow.ts';

const isMissing = missingParts.includes('fakesnow') || missingParts.includes('apache-arrow');
const ntz: SqlType = { kind: 'timestamp', zone: 'ntz' };

const values: readonly (readonly [string, SqlType, readonly Value[]])[] = [
  ['NUMBER(38, 0)', { kind: 'number', precision: 38, scale: 0 }, [0n, -1n, 9_007_199_254_740_993n, -(2n ** 63n)]],
  ['NUMBER(38, 9)', { kind: 'number', precision: 38, scale: 9 }, [1n, -1n, 10n ** 38n - 1n, 1_500_000_000n]],
  ['NUMBER(4, 2)', { kind: 'number', precision: 4, scale: 2 }, [1250n, -5n, 0n]],
  ['FLOAT', { kind: 'float' }, [0.1, -0, 1e300, 5e-324, 0.1 + 0.2, Number.POSITIVE_INFINITY, Number.NaN]],
  ['VARCHAR', varchar, ['', 'NULL', 'null', "it's", 'a\\n"b"', '\n', '😀', '[1]', ' ']],
  ['BOOLEAN', { kind: 'boolean' }, [true, false]],
  ['DATE', { kind: 'date' }, [0n, -1n, 20_000n, -20_000n]],
  ['TIME', { kind: 'time' }, [0n, 1n, 86_399_999_999n]],
  ['TIMESTAMP_NTZ', ntz, [0n, -1n, 1_769_860_800_123_456n, -62_000_000_000_000_001n]],
  ['VARIANT', { kind: 'variant' }, ['{"a":[1,"x",null]}', '"NULL"', '1.5', 'true']],
];

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

  test.each(values)('%s: what is loaded is read', async (_, type, given) => {
    const connection = snowflakeOn(session);
    const columns = [
      { name: 'N', type: { kind: 'number', precision: 18, scale: 0 } as const },
      { name: 'V', type },
    ];
    const rows = [...given, null].map((value, i) => [BigInt(i), value]);
    await connection.load('there_and_back', columns, rows);
    expect(await connection.query('SELECT * FROM there_and_back ORDER BY n', columns)).toEqual(rows);
  });

  test('upstream: fakesnow keeps a whole number in 64 bits', async () => {
    const whole = [{ name: 'V', type: { kind: 'number', precision: 38, scale: 0 } as const }];
    await expect(snowflakeOn(session).load('wide', whole, [[10n ** 38n - 1n]])).rejects.toThrow('INT64');
  });

  test('a load of many bytes is several statements', async () => {
    const connection = snowflakeOn(session);
    const rows = Array.from({ length: 9 }, (_, i) => [String(i).repeat(1_000_000)]);
    const before = server.proxy.asked.length;
    await connection.load('large', [{ name: 'V', type: varchar }], rows);
    expect(server.proxy.asked.slice(before).filter((sql) => sql.startsWith('INSERT')).length).toBe(3);
    expect(await connection.query('SELECT v FROM large ORDER BY v', [{ name: 'V', type: varchar }])).toEqual(rows);
  });

  test('a session sets what a meaning could depend on, and says what it is for', async () => {
    await session.tag({ tool: 'lockstep', feature: 'stream_hotness', version: '1a2b3c' });
    const settings = server.proxy.asked.filter((sql) => sql.startsWith('ALTER SESSION SET'));
    expect(settings.join('\n')).toMatch(/TIMEZONE = 'UTC', WEEK_START = 0, WEEK_OF_YEAR_POLICY = 0/);
    expect(settings.join('\n')).toMatch(/STATEMENT_TIMEOUT_IN_SECONDS = 600/);
    expect(settings.at(-1)).toBe(`ALTER SESSION SET QUERY_TAG = '{"tool":"lockstep","feature":"stream_hotness","version":"1a2b3c"}'`);
    await expect(session.tag({ feature: `x'; DROP TABLE t; --` })).rejects.toThrow('letters, digits');
    expect(server.proxy.asked.some((sql) => sql.includes('DROP TABLE'))).toBe(false);
  });

  test('a bound value is never part of a statement', async () => {
    const hostile = `'; DROP TABLE there_and_back; --`;
    expect(await session.run('SELECT ? AS x', [hostile])).toEqual([[hostile]]);
    expect(server.proxy.asked.some((sql) => sql.includes('DROP TABLE'))).toBe(false);
  });

  test('rows come as a stream, which can be given up', async () => {
    const seen: unknown[] = [];
    for await (const [n] of session.stream('SELECT seq4() AS n FROM TABLE(GENERATOR(ROWCOUNT => 2000)) ORDER BY 1')) {
      seen.push(n);
      if (seen.length === 3) break;
    }
    expect(seen.map(Number)).toEqual([0, 1, 2]);
    expect(await session.run('SELECT 1 AS one')).toEqual([['1']]);
  });

  test('what the server refuses is an error of the engine', async () => {
    await expect(session.run('SELECT * FROM nothing_there')).rejects.toMatchObject({ name: 'EngineError', engine: 'snowflake' });
    expect(await session.run('SELECT 1 AS one')).toEqual([['1']]);
  });
});
