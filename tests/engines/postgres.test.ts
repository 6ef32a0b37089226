/** Values cross to Postgres and back as they are; what has no proven SQL there is refused, and said. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { identifier, postgres } from '../../compiler/emit/dialect.ts';
import { selectOf } from '../../compiler/emit/plan-sql.ts';
import { printSelect } from '../../compiler/emit/statement.ts';
import type { ScalarRow } from '../../compiler/functions/define.ts';
import { NotOnEngine, sqlFor } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { binary, call, cast, name, str, token } from '../../compiler/sql/tree.ts';
import { boolean, date, float, number, type SqlType, timeOfDay, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { openPostgres } from '../../runners/engines/postgres.ts';

let connection: Connection;
beforeAll(async () => {
  connection = await openPostgres();
});
afterAll(() => connection.close());

const instant: SqlType = { kind: 'timestamp', zone: 'ltz' };
const values: readonly (readonly [SqlType, readonly Value[]])[] = [
  [number(38), [0n, -1n, 10n ** 38n - 1n, -(10n ** 38n) + 1n]],
  [number(38, 37), [1n, -(10n ** 37n), 5n * 10n ** 36n]],
  [number(5, 2), [-1n, 12345n, 100n]],
  [float, [0, -0, 0.1, 1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53 + 2]],
  [boolean, [true, false]],
  [varchar, ['', "it's", '\\', '"', '😀', 'a\nb', '$1', 'NULL', '\uFEFFa', '\uFEFF', '=']],
  [date, [0n, -719162n, 2932896n]],
  [timeOfDay, [0n, 86_399_999_999n]],
  [timestamp, [0n, -1n, 1_767_225_600_000_001n, -62_135_596_800_000_000n]],
  [instant, [0n, -1n, 1_767_225_600_000_001n]],
];

test.each(values)('%j and back', async (type, given) => {
  const column = { name: 'X', type };
  const rows = [...given, null];
  await connection.load(
    'crossing',
    [{ name: 'I', type: number(9) }, column],
    rows.map((value, i) => [BigInt(i), value]),
  );
  const got = await connection.query('SELECT x FROM crossing ORDER BY i', [column]);
  expect(got.map(([x]) => x)).toEqual(rows);
});

test('a value that its type does not allow is an error', async () => {
  await expect(connection.query('SELECT 1.25 AS x', [{ name: 'X', type: number(5, 1) }])).rejects.toThrow(
    /column X: expected NUMERIC\(5, 1\)/,
  );
});

test('text sorts by code points, and a FLOAT becomes the NUMBER that it is', async () => {
  await connection.load('words', [{ name: 'W', type: varchar }], [['a'], ['B'], ['é'], ['😀'], ['\uFFFD']]);
  const sorted = await connection.query('SELECT w FROM words ORDER BY w', [{ name: 'W', type: varchar }]);
  expect(sorted.flat()).toEqual(['B', 'a', 'é', '\uFFFD', '😀']);
  const exact = 'SELECT lockstep_float_to_number(1.005, 2), lockstep_float_to_number(-2.5, 0), lockstep_float_to_number(1e22, 0)';
  const columns = [number(38, 2), number(38), number(38)].map((type, i) => ({ name: `C${i}`, type }));
  expect(await connection.query(exact, columns)).toEqual([[100n, -3n, 10n ** 22n]]);
  const powers = await connection.query(
    'SELECT trunc(2::numeric ^ k), (2::numeric ^ k - trunc(2::numeric ^ k))::numeric(5, 0) FROM generate_series(0, 1075) AS k ORDER BY k',
    columns.slice(1),
  );
  expect(powers).toEqual(Array.from({ length: 1076 }, (_, k) => [2n ** BigInt(k), 0n]));
  await expect(connection.query("SELECT lockstep_float_to_number('NaN', 0)", [{ name: 'X', type: number(38) }])).rejects.toThrow(
    /not finite/,
  );
});

test('DATEADD of instants is the same in any time zone of the session', async () => {
  const row = functionRows.find((r) => r.name === 'DATEADD') as ScalarRow;
  const part = { type: varchar, nullable: false, literal: 'second' };
  const instants = [-1n, 1_509_861_600_000_000n, 1_520_748_000_000_000n];
  await connection.load(
    'instants',
    [
      { name: 'N', type: number(9) },
      { name: 'X', type: instant },
    ],
    instants.map((x) => [-180_000n, x]),
  );
  const args = [part, { type: number(9), nullable: false }, { type: instant, nullable: false }];
  const types = { args, type: instant };
  for (const [amount, literal] of [
    [name('N'), undefined],
    [token(-180_000), '-180000'],
  ] as const) {
    const known = literal === undefined ? types : { ...types, args: args.map((arg, i) => (i === 1 ? { ...arg, literal } : arg)) };
    const moved = sqlFor(row, row.sql, 'postgres')([str('second'), amount, name('X')], known);
    const select = selectOf({
      distinct: false,
      items: [{ expr: call('timezone', cast(str('UTC'), 'TEXT'), moved), alias: 'MOVED' }],
      from: { kind: 'table', text: 'instants', alias: null },
    });
    await connection.execute("SET TimeZone = 'America/New_York'");
    const got = await connection.query(printSelect(select, postgres), [{ name: 'MOVED', type: timestamp }]);
    await connection.execute("SET TimeZone = 'UTC'");
    expect(got.flat()).toEqual(instants.map((x) => row.evaluate(['second', -180_000n, x], known)));
  }
});

test('a row without an entry is refused, never printed in its standard form', () => {
  expect(() => sqlFor({ name: 'SOUNDEX' }, { standard: 1 }, 'postgres')).toThrow('SOUNDEX has no exact form on Postgres yet');
  expect(sqlFor({ name: 'ABS' }, { standard: 1, postgres: 'standard' }, 'postgres')).toBe(1);
  expect(sqlFor({ name: 'ABS' }, { standard: 1, postgres: 2 }, 'postgres')).toBe(2);
  expect(sqlFor({ name: 'ABS' }, { standard: 1 }, 'duckdb')).toBe(1);
});

test('a name that Postgres would cut is refused', () => {
  expect(identifier('A'.repeat(63), postgres)).toBe('a'.repeat(63));
  expect(() => identifier('Ä'.repeat(32), postgres)).toThrow(NotOnEngine);
});

test('QUALIFY is a query around the query, with DISTINCT outside', () => {
  const rank = { kind: 'over' as const, call: call('RANK'), partitionBy: [], orderBy: [], frame: null };
  const select = selectOf({
    distinct: true,
    items: [{ expr: name('X'), alias: 'KEPT' }],
    from: { kind: 'table', text: 't', alias: null },
    qualify: binary(rank, '=', token(1)),
  });
  expect(printSelect(select, postgres)).toBe(
    'SELECT DISTINCT\n  qualified.kept\nFROM (\n  SELECT\n    x AS kept,\n    RANK() OVER () = 1 AS kept_\n  FROM t\n) AS qualified\nWHERE qualified.kept_',
  );
});
