/** What is appended to DuckDB is what comes back, value by value, at the ends of each type. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { number, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { connectDuckdb } from '../../runners/engines/duckdb-connection.ts';
import type { Connection } from '../../runners/engines/engine.ts';

const most = (digits: number): bigint => 10n ** BigInt(digits) - 1n;
const cases: readonly (readonly [string, SqlType, readonly Value[]])[] = [
  ['text', varchar, ['', 'a', 'a\0b', '\0', 'é😀', "it's", 'x'.repeat(20_000)]],
  ['whole numbers', number(18), [0n, most(18), -most(18)]],
  ['whole numbers of 38 digits', number(38), [0n, most(38), -most(38), 2n ** 64n]],
  ['fractions', { kind: 'number', precision: 12, scale: 2 }, [0n, -1n, most(12), -most(12)]],
  ['floats', { kind: 'float' }, [0, -0.1, 1e308, 5e-324, Number.POSITIVE_INFINITY]],
  ['booleans', { kind: 'boolean' }, [true, false]],
  ['dates', { kind: 'date' }, [0n, -719_162n, 2_932_896n]],
  ['times', { kind: 'time' }, [0n, 86_399_999_999n]],
  ['instants', timestamp, [0n, -62_135_596_800_000_000n, 253_402_300_799_999_999n]],
  ['instants with a zone', { kind: 'timestamp', zone: 'ltz' }, [0n, 253_402_300_799_999_999n]],
  ['bytes', { kind: 'binary' }, ['', '00FF7A']],
  ['lists', { kind: 'array', of: number(18) }, [[], [1n, -2n]]],
];

describe('append', () => {
  let connection: Connection;
  beforeAll(async () => {
    connection = await connectDuckdb({ helpers: false });
  });
  afterAll(() => connection.close());

  test.each(cases)('%s', async (_, type, values) => {
    const column = [{ name: 'V', type }];
    const rows = [...values, null].map((value) => [value]);
    await connection.load('appended', column, rows);
    expect(await connection.query('SELECT * FROM appended', column)).toEqual(rows);
  });

  test('half of a surrogate pair is the character for what is none', async () => {
    const column = [{ name: 'V', type: varchar }];
    await connection.load('appended', column, [['\ud800'], ['x\udc00y']]);
    expect(await connection.query('SELECT * FROM appended', column)).toEqual([['\ufffd'], ['x\ufffdy']]);
  });

  test('a number that its type does not hold is refused', async () => {
    await expect(connection.load('appended', [{ name: 'V', type: number(18) }], [[2n ** 63n]])).rejects.toThrow(/int64 range/);
  });
});
