/** What is appended to DuckDB is what comes back, value by value, at the ends of each type. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { number, type SqlType, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { connectDuckdb } from '../../runners/engines/duckdb-connection.ts';
import type { Connection } from '../../runners/engines/engine.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
async function collectGarbage(): Promise<void> {
  // What native code made is let go a turn after.
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((done) => setImmediate(done));
  }
}

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

  test('more rows than DuckDB takes at once come in their order', async () => {
    const columns = [
      { name: 'V', type: number(18) },
      { name: 'T', type: varchar },
    ];
    const rows = Array.from({ length: 5000 }, (_, i) => [BigInt(i), i % 3 === 0 ? null : `row ${i}`]);
    await connection.load('appended', columns, rows);
    expect(await connection.query('SELECT * FROM appended', columns)).toEqual(rows);
  });

  test('what could not be appended whole does not come later', async () => {
    const column = [{ name: 'V', type: number(18) }];
    await connection.load('appended', column, []);
    const rows = Array.from({ length: 3000 }, (_, i) => [BigInt(i)]);
    for (const last of ['no number', 2n ** 64n])
      for (const [begin, end] of [['BEGIN TRANSACTION', 'ROLLBACK'], []]) {
        if (begin !== undefined) await connection.execute(begin);
        await expect(connection.append('appended', column, [...rows, [last]])).rejects.toThrow();
        if (end !== undefined) await connection.execute(end);
      }
    await collectGarbage();
    expect(await connection.query('SELECT * FROM appended', column)).toEqual([]);
  });

  test.each<readonly [string, SqlType, Value, string]>([
    ['a float', { kind: 'float' }, '1', 'a number was expected, and a string came'],
    ['a float', { kind: 'float' }, 1n, 'a number was expected, and a bigint came'],
    ['a truth', { kind: 'boolean' }, 'false', 'a boolean was expected, and a string came'],
    ['a whole number', number(18), 1, 'a bigint was expected, and a number came'],
    ['a date', { kind: 'date' }, 1, 'a bigint was expected, and a number came'],
    ['text', varchar, 1n, 'a string was expected, and a bigint came'],
    ['bytes', { kind: 'binary' }, true, 'a string was expected, and a boolean came'],
    ['a list', { kind: 'array', of: varchar }, 'abc', 'a list was expected, and a string came'],
    ['an element of a list', { kind: 'array', of: { kind: 'float' } }, ['1'], 'a number was expected, and a string came'],
  ])('%s of another kind is refused', async (_, type, value, message) => {
    await expect(connection.load('appended', [{ name: 'V', type }], [[value]])).rejects.toThrow(message);
  });
});
