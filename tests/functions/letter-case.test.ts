/** Capitals and small letters of all of Unicode, on every engine: alone, in a text among others, and where ILIKE looks at them. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Arg, CallTypes, ScalarRow } from '../../compiler/functions/define.ts';
import { sqlFor } from '../../compiler/functions/engine-sql.ts';
import { functionRows } from '../../compiler/functions/index.ts';
import { call, name, type Sql, str } from '../../compiler/sql/tree.ts';
import { varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { type TestEngine, testEngines } from './engines.ts';
import { constant, print } from './print-for-test.ts';

const column: Arg = { type: varchar, nullable: true };
const literal = (text: string): Arg => ({ type: varchar, nullable: false, literal: text });

function rowOf(rowName: string, rest: readonly string[]) {
  const row = functionRows.find((candidate) => candidate.name === rowName) as ScalarRow;
  const args = [column, ...rest.map(literal)];
  const signature = row.resolve(args);
  if ('refused' in signature) throw new Error(signature.message);
  const types: CallTypes = { args, type: signature.type };
  return {
    meant: (text: string): Value => row.evaluate([text, ...rest], types),
    sql: (engine: TestEngine, argument: Sql): string =>
      print(sqlFor(row, row.sql, engine.name)([argument, ...rest.map(str)], types), engine.name),
  };
}

const isSurrogate = (point: number): boolean => point >= 0xd800 && point <= 0xdfff;
const all = Array.from({ length: 0x110000 - 32 }, (_, i) => i + 32).filter((point) => !isSurrogate(point));
const letters = all.map((point) => String.fromCodePoint(point));
const cased = letters.filter((c) => c !== c.toUpperCase() || c !== c.toLowerCase());
const perText = 4096;
const texts = Array.from({ length: Math.ceil(letters.length / perText) }, (_, i) => letters.slice(i * perText, (i + 1) * perText).join(''));

const lettersOfTexts: Readonly<Record<string, string>> = {
  duckdb: "SELECT unnest(regexp_extract_all(s, '(?s).')) AS c FROM texts",
  postgres: 'SELECT string_to_table(s, NULL) AS c FROM texts',
  clickhouse: "SELECT arrayJoin(extractAll(s, '(?s).')) AS c FROM texts",
};

describe.each(testEngines)('letters on $name', (engine) => {
  let ask: Awaited<ReturnType<TestEngine['open']>>['rows'];
  beforeAll(async () => {
    ask = (await engine.open()).rows;
    const lines = texts.map((s, i) => `SELECT ${i}, ${constant(s, varchar, engine.name)}`).join(' UNION ALL ');
    const types = engine.name === 'clickhouse' ? 'i Int32, s String' : 'i INTEGER, s TEXT';
    const storage = engine.name === 'clickhouse' ? ' ENGINE = Memory' : '';
    await ask(`CREATE TEMPORARY TABLE texts (${types})${storage}`);
    await ask(`INSERT INTO texts ${lines}`);
    await ask(`CREATE TEMPORARY TABLE letters${storage} AS ${lettersOfTexts[engine.name]}`);
    const own = engine.name === 'clickhouse' ? ['upperUTF8(c)', 'lowerUTF8(c)'] : ['upper(c)', 'lower(c)'];
    const [upper, lower] = engine.name === 'postgres' ? own.map((x) => x.replace('c)', 'c COLLATE "pg_c_utf8")')) : own;
    const also = cased.map((c) => constant(c, varchar, engine.name)).join(', ');
    await ask(`CREATE TEMPORARY TABLE cased${storage} AS SELECT c FROM letters WHERE c <> ${upper} OR c <> ${lower} OR c IN (${also})`);
  }, 60_000);

  test('all are there', async () => {
    const [row] = await ask('SELECT count(*), count(DISTINCT c) FROM letters');
    expect(row?.map(Number)).toEqual([letters.length, letters.length]);
  });

  // INITCAP is slow: of the letters only that have another case somewhere.
  test.each([
    ['UPPER', 'letters'],
    ['LOWER', 'letters'],
    ['INITCAP', 'cased'],
  ])(
    '%s of every letter alone',
    async (rowName, table) => {
      const row = rowOf(rowName, []);
      const made = row.sql(engine, name('c'));
      const got = await ask(`SELECT c, x FROM (SELECT c, ${made} AS x FROM ${table}) AS made WHERE c <> x`);
      const changed = letters.map((c) => [c, row.meant(c)]).filter(([c, x]) => c !== x);
      expect(got.map(([c, x]) => `${c} ${x}`).sort()).toEqual(changed.map(([c, x]) => `${c} ${x}`).sort());
    },
    60_000,
  );

  // INITCAP on DuckDB takes the square of a text's length.
  test.each(['UPPER', 'LOWER'])(
    '%s of every letter among others, also of what a function gave',
    async (rowName) => {
      const row = rowOf(rowName, []);
      for (const argument of [name('s'), call('concat', name('s'), str(''))]) {
        const got = await ask(`SELECT ${row.sql(engine, argument)} AS x FROM texts ORDER BY i`);
        expect(got.map(([x]) => x)).toEqual(texts.map(row.meant));
      }
    },
    60_000,
  );

  test.each(['ILIKE', 'NOT ILIKE'])(
    '%s of every letter with those of ASCII',
    async (rowName) => {
      const rows = [...'aeiknosyzISK'].map((c) => rowOf(rowName, [c]));
      const joined = rows.map((row) => row.sql(engine, name('c'))).join(rowName === 'ILIKE' ? ' OR ' : ' AND ');
      const got = await ask(`SELECT c FROM letters WHERE ${rowName === 'ILIKE' ? joined : `NOT (${joined})`}`);
      expect(got.map(([c]) => c).sort()).toEqual([...'AEIKNOSYZaeiknosyz\u212A']);
    },
    60_000,
  );

  const named: readonly (readonly [string, string, readonly string[], string | boolean])[] = [
    ['UPPER', 'straße', [], 'STRAßE'],
    ['INITCAP', 'ßa straße', [], 'ßa Straße'],
    ['UPPER', 'ᾀλφα', [], 'ᾀΛΦΑ'],
    ['UPPER', 'ƛɤ', [], 'ƛɤ'],
    ['LOWER', 'İZMİR', [], 'İzmİr'],
    ['INITCAP', 'aİ', [], 'Aİ'],
    ['LOWER', 'ΣΑΣ', [], 'σασ'],
    ['UPPER', 'ſ', [], 'S'],
    ['LOWER', 'ſ', [], 'ſ'],
    ['LOWER', '\u212A', [], 'k'],
    ['UPPER', '\u212A', [], '\u212A'],
    ['ILIKE', 'İ', ['i'], false],
    ['ILIKE', 'İzmir', ['_ZMIR'], true],
    ['ILIKE', 'ſ', ['s'], false],
    ['ILIKE', '\u212Aelvin', ['KEL%'], true],
    ['NOT ILIKE', '\u212Aelvin', ['kel%'], false],
    ['ILIKE', 'A%b\\', ['xX%B\\', 'X'], false],
    ['ILIKE', 'A%b\\', ['ax%B\\', 'x'], true],
    ['ILIKE', 'aXb', ['AxXB', 'x'], true],
    ['ILIKE', 'axxb', ['AxXB', 'x'], false],
    ['ILIKE', 'a\\B', ['A\\b'], true],
  ];
  test.each(named)('%s of %j with %j is %j', async (rowName, text, rest, meaning) => {
    const row = rowOf(rowName, rest);
    expect(row.meant(text)).toBe(meaning);
    const made = row.sql(engine, name('c'));
    const [cells] = await ask(`SELECT ${made} AS x FROM (SELECT ${constant(text, varchar, engine.name)} AS c) AS given`);
    const truth = (cell: unknown): boolean => ['true', '1', 't'].includes(String(cell));
    expect(typeof meaning === 'boolean' ? truth(cells?.[0]) : cells?.[0]).toBe(meaning);
  });
});
