import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadParser } from '../../compiler/parse/front-end.ts';
import { engines as fresh, type GoldEngine } from './engines.ts';
import { below, readLedger } from './ledger.ts';
import { type GoldCase, readCases } from './read-cases.ts';
import { engineReport, type Found } from './report.ts';
import { runAll } from './run-all.ts';

await loadParser();

const here = import.meta.dirname;

/** Opened once: a Postgres takes seconds to start. */
const engines = fresh
  .filter(({ inStack }) => inStack !== true)
  .map((engine): GoldEngine => {
    let opened: ReturnType<GoldEngine['open']> | undefined;
    return {
      name: engine.name,
      open: async () => {
        opened ??= engine.open();
        return { ...(await opened), close: () => {} };
      },
    };
  });

describe.each(engines)('what Snowflake printed, on $name', (engine) => {
  let found: Found;
  beforeAll(async () => {
    found = (await runAll(readCases(join(here, 'snowflake.jsonl')), [engine])).get(engine.name) ?? [];
  });

  test('is never different', () => {
    expect(engineReport(found).different).toEqual([]);
  });

  test('is equal as often as the ledger says, topic by topic', () => {
    expect(below(readLedger(join(here, 'ledger.json')), engine.name, found)).toEqual([]);
  });

  test.each([
    'slt.query.order-by.3',
    'slt.query.order-by.4',
    'slt.query.join.5',
    'slt.query.select.2',
    'slt.operators.operators-query.5',
    'slt.conditional.least.2',
    'doc.window.rank_partition',
  ])('%s is equal', (id) => {
    expect(found.find(({ gold }) => gold.id === id)?.outcome).toEqual({ kind: 'equal', slack: false });
  });
});

function gold(parts: Partial<GoldCase>): GoldCase {
  return {
    id: 'c',
    topic: 't',
    sql: 'SELECT 1',
    setup: [],
    rows: [['1']],
    ordered: false,
    flags: [],
    provenance: 'snowflake-run',
    ...parts,
  };
}

/** On every engine: they must agree. */
async function outcomeOf(parts: Partial<GoldCase>): Promise<string> {
  const found = [...(await runAll([gold(parts)], engines)).values()].map(([first]) => first?.outcome);
  const kinds = new Set(
    found.map((o) => (o?.kind === 'equal' ? 'equal' : o?.kind === 'different' ? 'different' : `${o?.kind}: ${o?.reason}`)),
  );
  return [...kinds].join(' or ');
}

describe('what counts as equal', () => {
  const three = ['CREATE TABLE t (a INT, b NUMBER(5,2))', 'INSERT INTO t VALUES (1, 1.5), (2, NULL), (3, 0)'];

  test.each<readonly [why: string, outcome: string, parts: Partial<GoldCase>]>([
    ['value and scale', 'equal', { sql: 'SELECT 1.5::NUMBER(5,2)', rows: [['1.50']] }],
    ['another scale', 'different', { sql: 'SELECT 1.5::NUMBER(5,2)', rows: [['1.5']] }],
    ['zero as Python prints it', 'equal', { sql: 'SELECT 0::NUMBER(20,10)', rows: [['0E-10']] }],
    ['zero of another scale', 'different', { sql: 'SELECT 0::NUMBER(20,10)', rows: [['0E-9']] }],
    ['a FLOAT', 'equal', { sql: 'SELECT 1e0', rows: [['1.0']] }],
    ['a FLOAT where a NUMBER was printed', 'different', { sql: 'SELECT 1e0', rows: [['1']] }],
    ['a NUMBER where a FLOAT was printed', 'different', { sql: 'SELECT 1', rows: [['1.0']] }],
    ['a FLOAT whose last bit differs', 'different', { sql: 'SELECT 1e-1', rows: [['0.10000000000000002']] }],
    ['the same, where ten digits were printed', 'equal', { sql: 'SELECT 1e-1', rows: [['0.10000000000000002']], flags: ['approx'] }],
    ['rows in any order', 'equal', { setup: three, sql: 'SELECT a FROM t', rows: [['3'], ['1'], ['2']] }],
    ['a row too few', 'different', { setup: three, sql: 'SELECT a FROM t', rows: [['1'], ['2']] }],
    ['a row twice for another', 'different', { setup: three, sql: 'SELECT a FROM t', rows: [['1'], ['2'], ['2']] }],
    ['no rows', 'different', { setup: three, sql: 'SELECT a FROM t WHERE a > 5', rows: [['1']] }],
    ['a column too many', 'different', { setup: three, sql: 'SELECT a, b FROM t WHERE a = 3', rows: [['3']] }],
    ['the order', 'equal', { setup: three, sql: 'SELECT a FROM t ORDER BY a DESC', rows: [['3'], ['2'], ['1']], ordered: true }],
    ['another order', 'different', { setup: three, sql: 'SELECT a FROM t ORDER BY a', rows: [['3'], ['2'], ['1']], ordered: true }],
    ['NULL last', 'equal', { setup: three, sql: 'SELECT a FROM t ORDER BY b', rows: [['3'], ['1'], ['2']], ordered: true }],
    [
      'NULL first, descending',
      'equal',
      { setup: three, sql: 'SELECT a FROM t ORDER BY b DESC', rows: [['2'], ['1'], ['3']], ordered: true },
    ],
    ['NULL for a value', 'different', { setup: three, sql: 'SELECT b FROM t WHERE a = 2', rows: [['0.00']] }],
    ['a value for NULL', 'different', { setup: three, sql: 'SELECT b FROM t WHERE a = 3', rows: [[null]] }],
    ['text in another case', 'different', { sql: "SELECT 'a'", rows: [['A']] }],
    ['a DATE', 'equal', { sql: "SELECT '2024-02-29'::DATE", rows: [['2024-02-29']] }],
    ['a DATE for a timestamp', 'different', { sql: "SELECT '2024-02-29'::DATE", rows: [['2024-02-29T00:00:00']] }],
    ['a timestamp', 'equal', { sql: "SELECT '2024-02-29 01:02:03.5'::TIMESTAMP_NTZ", rows: [['2024-02-29T01:02:03.500000']] }],
    ['an offset', 'different', { sql: "SELECT '2024-02-29 01:02:03'::TIMESTAMP_NTZ", rows: [['2024-02-29T01:02:03+00:00']] }],
  ])('%s: %s', async (_, outcome, parts) => {
    expect(await outcomeOf(parts)).toBe(outcome);
  });
});

describe('statements', () => {
  const setup = ['CREATE TABLE t (a INT, b INT)', 'INSERT INTO t VALUES (1, 10), (2, 20), (3, 20), (4, 5)'];

  test.each<readonly [why: string, outcome: string, parts: Partial<GoldCase>]>([
    ['an alias hides the column in ORDER BY', 'equal', { sql: 'SELECT -a AS a FROM t ORDER BY a LIMIT 1', rows: [['-4']] }],
    ['ORDER BY what is not selected', 'equal', { sql: 'SELECT a FROM t ORDER BY b, a', rows: [['4'], ['1'], ['2'], ['3']], ordered: true }],
    ['ORDER BY an expression', 'equal', { sql: 'SELECT a + 0, b + 0 FROM t ORDER BY b - a LIMIT 1', rows: [['4', '5']] }],
    [
      'ORDER BY a name that * gives too',
      'rejected: ambiguous-column: `a` could mean several things in this ORDER BY',
      { sql: 'SELECT *, -a AS a FROM t ORDER BY a' },
    ],
    [
      'ORDER BY with a name that is an alias and a column',
      'rejected: ambiguous-column: `a` could mean several things in this ORDER BY',
      { sql: 'SELECT -a AS a FROM t ORDER BY a + b' },
    ],
    ['ORDER BY a place', 'equal', { sql: 'SELECT a, b FROM t ORDER BY 2 DESC, 1 LIMIT 1', rows: [['2', '20']] }],
    ['ORDER BY an aggregate', 'equal', { sql: 'SELECT b FROM t GROUP BY b ORDER BY COUNT(*) DESC LIMIT 1', rows: [['20']] }],
    [
      'ORDER BY ALL',
      'equal',
      {
        sql: 'SELECT b, a FROM t ORDER BY ALL DESC LIMIT 3',
        rows: [
          ['20', '3'],
          ['20', '2'],
          ['10', '1'],
        ],
        ordered: true,
      },
    ],
    ['DISTINCT, ordered', 'equal', { sql: 'SELECT DISTINCT b FROM t ORDER BY b', rows: [['5'], ['10'], ['20']], ordered: true }],
    ['a union, ordered', 'equal', { sql: 'SELECT 2 AS x UNION SELECT 1 UNION SELECT 2 ORDER BY x', rows: [['1'], ['2']], ordered: true }],
    ['EXCEPT', 'equal', { sql: 'SELECT b FROM t EXCEPT SELECT b + 10 FROM t', rows: [['5'], ['10']] }],
    [
      'INTERSECT, and NULLs',
      'equal',
      {
        sql: '(SELECT NULL::INT UNION ALL SELECT b FROM t) INTERSECT (SELECT b + 10 FROM t UNION ALL SELECT NULL)',
        rows: [['20'], [null]],
      },
    ],
    ['TOP', 'equal', { sql: 'SELECT TOP 1 a FROM t ORDER BY a', rows: [['1']] }],
    ['DUAL', 'equal', { sql: 'SELECT 5 FROM DUAL', rows: [['5']] }],
    ['names of a CTE', 'equal', { sql: 'WITH c (x) AS (SELECT a + 1 FROM t WHERE b = 5) SELECT x FROM c', rows: [['5']] }],
    ['OFFSET', 'equal', { sql: 'SELECT a FROM t ORDER BY a LIMIT 2 OFFSET 1', rows: [['2'], ['3']], ordered: true }],
    ['two outputs of one name', 'equal', { sql: 'SELECT x.a, y.a FROM t x JOIN t y ON x.a + 3 = y.a', rows: [['1', '4']] }],
    ['a column twice', 'equal', { sql: 'SELECT *, a FROM t WHERE a = 1', rows: [['1', '10', '1']] }],
    ['LIMIT among rows that tie', 'rejected: ties-undecided: LIMIT keeps 1 of 4 rows that tie [Q4]', { sql: 'SELECT a FROM t LIMIT 1' }],
    ['ties that the rows decide', 'equal', { sql: 'SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t WHERE a = 4', rows: [['1']] }],
    [
      'ties that nothing decides',
      'rejected: ties-undecided: ROW_NUMBER depends on the order of rows that tie, and nothing decides it [W4]',
      { sql: 'SELECT a, ROW_NUMBER() OVER (ORDER BY b) FROM t' },
    ],
    [
      'ties between rows that are the same in all that is read',
      'equal',
      {
        sql: 'SELECT b, ROW_NUMBER() OVER (ORDER BY b) FROM t',
        rows: [
          ['5', '1'],
          ['10', '2'],
          ['20', '3'],
          ['20', '4'],
        ],
      },
    ],
    [
      'such ties in two windows',
      'rejected: ties-undecided: ROW_NUMBER depends on the order of rows that tie, and nothing decides it [W4]',
      { sql: 'SELECT ROW_NUMBER() OVER (ORDER BY b), ROW_NUMBER() OVER (ORDER BY b DESC) FROM t' },
    ],
    [
      'such ties, and another column to sort by',
      'rejected: ties-undecided: ROW_NUMBER depends on the order of rows that tie, and nothing decides it [W4]',
      { sql: 'SELECT ROW_NUMBER() OVER (ORDER BY b) FROM t ORDER BY a' },
    ],
    [
      'such ties, and another column in QUALIFY',
      'rejected: ties-undecided: ROW_NUMBER depends on the order of rows that tie, and nothing decides it [W4]',
      { sql: 'SELECT b FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY b) < a' },
    ],
    [
      'ties under a window that reads another column',
      'rejected: ties-undecided: SUM depends on the order of rows that tie, and nothing decides it [W4]',
      { sql: 'SELECT b, SUM(a) OVER (ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t' },
    ],
    [
      'such ties under a frame that looks ahead',
      'rejected: ties-undecided: SUM depends on the order of rows that tie, and nothing decides it [W4]',
      { sql: 'SELECT b, SUM(b) OVER (ORDER BY b ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) FROM t' },
    ],
    [
      'ties that the text of VALUES decides',
      'equal',
      { sql: 'SELECT ROW_NUMBER() OVER (ORDER BY column2) FROM VALUES (1, 2), (1, 1.5)', rows: [['1'], ['2']] },
    ],
    [
      'two ways to write one number',
      'rejected: ties-undecided: ROW_NUMBER depends on the order of rows that tie, and nothing decides it [W4]',
      { sql: 'SELECT ROW_NUMBER() OVER (ORDER BY x) FROM (SELECT 1 AS x UNION ALL SELECT 1.0 UNION ALL SELECT 2.5)' },
    ],
    ['a division that may raise', 'equal', { sql: 'SELECT b / a FROM t WHERE a = 4', rows: [['1.250000']] }],
    ['what is evaluated beside the rows asked for', 'rejected: raises: division by zero', { sql: 'SELECT b / (a - 1) FROM t' }],
  ])('%s: %s', async (_, outcome, parts) => {
    expect(await outcomeOf({ setup, ...parts })).toBe(outcome);
  });
});

describe('setup', () => {
  test.each<readonly [why: string, setup: readonly string[], sql: string, rows: GoldCase['rows']]>([
    ['text into numbers', ['CREATE TABLE t (a NUMBER(5,1))', "INSERT INTO t VALUES ('2.55')"], 'SELECT a FROM t', [['2.6']]],
    ['numbers into text', ['CREATE TABLE t (a STRING)', 'INSERT INTO t (a) VALUES (1), (2.5)'], 'SELECT a FROM t', [['1'], ['2.5']]],
    ['columns left out', ['CREATE TABLE t (a INT, b INT)', 'INSERT INTO t (b) VALUES (1)'], 'SELECT a, b FROM t', [[null, '1']]],
    ['a table of a query', ['CREATE OR REPLACE TEMP TABLE t (x INT) AS SELECT * FROM VALUES (1), (2);'], 'SELECT SUM(x) FROM t', [['3']]],
    [
      'UPDATE',
      ['CREATE TABLE t (a INT, b INT)', 'INSERT INTO t VALUES (1, 0), (2, 0)', 'UPDATE t SET b = a + 1 WHERE a > 1'],
      'SELECT b FROM t',
      [['0'], ['3']],
    ],
    [
      'DELETE',
      ['CREATE TABLE t (a INT)', 'INSERT INTO t SELECT 1 UNION ALL SELECT NULL', 'DELETE FROM t WHERE a = 1'],
      'SELECT a FROM t',
      [[null]],
    ],
    [
      'a view sees later rows',
      ['CREATE TABLE t (a INT)', 'CREATE VIEW v AS SELECT a FROM t', 'INSERT INTO t VALUES (1)'],
      'SELECT a FROM v',
      [['1']],
    ],
    ['formats of output', ["ALTER SESSION SET DATE_OUTPUT_FORMAT = 'DD-MON-YYYY', WEEK_START = 0"], 'SELECT 1', [['1']]],
    ['times of day', ['CREATE TABLE t (a TIME)', "INSERT INTO t VALUES ('08:50:48')"], 'SELECT a FROM t', [['08:50:48']]],
  ])('%s', async (_, setup, sql, rows) => {
    expect(await outcomeOf({ setup, sql, rows })).toBe('equal');
  });

  test.each(["SELECT '2024-01-31'::DATE::VARCHAR", "SELECT LENGTH(TO_CHAR('2024-01-31'::DATE))"])(
    'text of a date in a format of the session: %s',
    async (sql) => {
      const setup = ["ALTER SESSION SET DATE_OUTPUT_FORMAT = 'DD-MON-YYYY'"];
      expect(await outcomeOf({ setup, sql })).toBe('rejected: session parameter DATE_OUTPUT_FORMAT [T27]');
    },
  );

  test.each<readonly [setup: readonly string[], outcome: string]>([
    [['CREATE TABLE t (a GEOGRAPHY)'], 'setup: a column of type GEOGRAPHY'],
    [['CREATE TABLE t (a INT DEFAULT 1)'], 'setup: a column with DEFAULT 1'],
    [['INSERT INTO t VALUES (1)'], 'setup: nothing was created as T'],
    [['CREATE TABLE t (a DATE)', "INSERT INTO t VALUES ('Mon')"], 'setup: "Mon" into DATE: text is no DATE'],
    [['CREATE TABLE t (a INT)', 'INSERT INTO t VALUES (1, 2)'], 'setup: 2 values for 1 columns'],
    [['CREATE TABLE t (a STRING)', 'INSERT INTO t VALUES (2.50)'], 'setup: a number with zeros at its end into text'],
    [['MERGE INTO t USING u ON TRUE'], 'setup: the statement MERGE INTO'],
    [["ALTER SESSION SET TIMESTAMP_INPUT_FORMAT = 'DD'"], 'setup: the session parameter TIMESTAMP_INPUT_FORMAT'],
    [["ALTER SESSION SET DEFAULT_NULL_ORDERING = 'FIRST'"], `rejected: ${otherDefault("DEFAULT_NULL_ORDERING = 'FIRST'")}`],
  ])('%s', async (setup, outcome) => {
    expect(await outcomeOf({ setup })).toBe(outcome);
  });

  const day = "'2024-01-03'::DATE";

  test.each<readonly [setting: string, sql: string, rows: readonly (readonly string[])[] | null]>([
    ['WEEK_START = 1', `SELECT DATE_TRUNC('quarter', ${day})`, [['2024-01-01']]],
    ['WEEK_START = 1', `SELECT WEEKISO(${day})`, [['1']]],
    ['WEEK_START = 1', `SELECT DATE_TRUNC('wk', ${day})`, null],
    ['WEEK_START = 1', `SELECT DAYOFWEEK(${day})`, null],
    ['WEEK_START = 1', `SELECT LAST_DAY(${day}, 'week')`, null],
    ['WEEK_START = 1', `SELECT EXTRACT(dow FROM ${day})`, null],
    ['WEEK_OF_YEAR_POLICY = 1', `SELECT WEEK(${day})`, null],
    ['WEEK_OF_YEAR_POLICY = 1', `SELECT YEAROFWEEK(${day})`, null],
    ["TIMEZONE = 'America/New_York'", `SELECT ${day}::TIMESTAMP_NTZ`, [['2024-01-03T00:00:00']]],
    ["TIMEZONE = 'America/New_York'", 'SELECT NULL::TIMESTAMP_LTZ', null],
  ])('%s and %s', async (setting, sql, rows) => {
    const outcome = rows === null ? `rejected: ${otherDefault(setting)}` : 'equal';
    expect(await outcomeOf({ setup: [`ALTER SESSION SET ${setting}`], sql, ...(rows === null ? {} : { rows }) })).toBe(outcome);
  });

  test('a week in the setup counts as well', async () => {
    const setup = ['ALTER SESSION SET WEEK_START = 1', `CREATE TABLE t AS SELECT DAYOFWEEK(${day}) AS a`];
    expect(await outcomeOf({ setup, sql: 'SELECT a FROM t' })).toBe(`rejected: ${otherDefault('WEEK_START = 1')}`);
  });
});

const otherDefault = (setting: string): string => `session parameter ${setting}: features have Snowflake's defaults`;

describe('npm run gold', () => {
  const file = (text: string): string => {
    const path = join(mkdtempSync(join(tmpdir(), 'gold-')), 'cases.jsonl');
    writeFileSync(path, text);
    return path;
  };
  const run = (...args: readonly string[]): { readonly code: number; readonly out: string; readonly err: string } => {
    try {
      const out = execFileSync('npx', ['tsx', join(here, 'main.ts'), ...args], { encoding: 'utf8', stdio: 'pipe' });
      return { code: 0, out, err: '' };
    } catch (thrown) {
      const { status, stdout, stderr } = thrown as { status: number; stdout: string; stderr: string };
      return { code: status, out: stdout, err: stderr };
    }
  };

  test('prints what it found, and exits 1 where something differs', () => {
    const cases = [gold({ id: 'same' }), gold({ id: 'other', rows: [['2']] }), gold({ id: 'no', sql: 'SELECT NO_SUCH()' })];
    const { code, out } = run(file(cases.map((c) => JSON.stringify(c)).join('\n')), '--engine', 'reference', '--format', 'json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      reference: {
        total: 3,
        equal: ['same'],
        rejected: [{ id: 'no', reason: 'unknown-function: there is no function NO_SUCH in Lockstep' }],
        different: [{ id: 'other', got: 'row 1 wanted ["2"]; got [["1"]]' }],
        setup_not_supported: [],
      },
    });
  });

  test.each([
    ['no such file', () => ['nowhere.jsonl'], 'cannot read nowhere.jsonl'],
    ['no such engine', () => [file(''), '--engine', 'oracle'], 'there is no engine oracle'],
    ['no JSON', () => [file('{"id": "a"\n')], ':1: this is no JSON'],
    ['no rows', () => [file(`\n${JSON.stringify({ id: 'a', sql: 'SELECT 1' })}`)], ':2: `rows` is no list of rows'],
    ['an id twice', () => [file(`${JSON.stringify(gold({}))}\n${JSON.stringify(gold({}))}`)], ':2: a second case is called c'],
  ])('%s: exit 2', (_, args, message) => {
    const { code, err } = run(...args());
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});
