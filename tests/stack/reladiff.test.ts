/** Comparing two results of a million rows, beside reladiff on the same data: it must find what ours finds, and the times are printed. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { stackFolder } from '../../runners/engines/clickhouse.ts';
import { openDuckdb } from '../../runners/engines/duckdb.ts';
import { compare } from '../../runners/parity/compare.ts';
import { loadTwoResults, resultColumns, resultKey, resultOutputs, type TwoResults, twoResults } from '../bench/two-results.ts';
import { missingParts } from './in-stack.ts';

const scratch = mkdtempSync(join(tmpdir(), 'lockstep-reladiff-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const file = join(scratch, 'results.duckdb');

/** What differs, each as `<key> <column>`. */
interface Run {
  readonly seconds: number;
  readonly found: readonly string[];
}

const byHand = 'joindiff in 2 segments';

/**
 * What makes reladiff quickest of what it offers: keys are not tested for being unique, as ours are not, and results are not sorted; the numbers were
 * the best of several. The clock runs neither while Python starts nor while the database is opened. joindiff cuts the keys into 32 segments and asks
 * for each of them, and only somebody who knows its code can change that: with 2 it is much quicker here, so that is shown, too.
 */
const program = `
import json, sys, time
from reladiff import HashDiffer, JoinDiffer, TableSegment, connect

file, key, *columns = sys.argv[1:]
database = connect({"driver": "duckdb", "filepath": file}, 4)

def run(differ):
    began = time.perf_counter()
    sides = [TableSegment(database, (name,), (key,), extra_columns=tuple(columns)) for name in ("l", "r")]
    rows = list(differ.diff_tables(*sides))
    return {"seconds": time.perf_counter() - began, "rows": rows}

class InTwo(JoinDiffer):
    bisection_factor = 2

print(json.dumps({
    "joindiff of 4 threads": run(JoinDiffer(validate_unique_key=False, max_threadpool_size=4)),
    "joindiff of 2 threads": run(JoinDiffer(validate_unique_key=False, max_threadpool_size=2)),
    "hashdiff": run(HashDiffer(
        bisection_factor=256, bisection_threshold=4096, max_threadpool_size=4, skip_sort_results=True, duplicate_rows_support=False,
    )),
    "${byHand}": run(InTwo(validate_unique_key=False, max_threadpool_size=2)),
}))
`;

/** Its result: a row of one side, without its like in the other. */
type OneSided = readonly ['-' | '+', readonly string[]];

async function reladiff(): Promise<ReadonlyMap<string, Run>> {
  const script = join(scratch, 'diff.py');
  writeFileSync(script, program);
  const names = [resultKey, ...resultColumns].map((c) => c.name.toLowerCase());
  const { stdout } = await promisify(execFile)(resolve(stackFolder, 'reladiff/bin/python'), [script, file, ...names], { maxBuffer: 64e6 });
  const runs = JSON.parse(stdout) as Readonly<Record<string, { readonly seconds: number; readonly rows: readonly OneSided[] }>>;
  return new Map(Object.entries(runs).map(([name, { seconds, rows }]) => [name, { seconds, found: cells(rows) }]));
}

/** A row whose two texts are alike still differs: the texts have fewer digits than the values. */
function cells(rows: readonly OneSided[]): readonly string[] {
  const side = (sign: OneSided[0]): ReadonlyMap<string, readonly string[]> =>
    new Map(rows.filter((row) => row[0] === sign).map(([, [key = '', ...values]]) => [key, values]));
  const [left, right] = [side('-'), side('+')];
  return [...new Set([...left.keys(), ...right.keys()])].flatMap((key) => {
    const differing = resultColumns.filter((_, i) => left.get(key)?.[i] !== right.get(key)?.[i]);
    return differing.length === 0 ? [`${key} in some digit`] : differing.map((c) => `${key} ${c.name}`);
  });
}

function inMemory({ left, right }: TwoResults): Run {
  const began = performance.now();
  const { differences } = compare(resultOutputs, left, right);
  const seconds = (performance.now() - began) / 1000;
  return { seconds, found: differences.map((d) => `${d.row} ${d.column}`) };
}

/** The key is read and compared, too: that rows are in the same order is not known of tables. */
async function withReading(): Promise<Run> {
  const columns = [resultKey, ...resultColumns];
  const began = performance.now();
  const connection = await openDuckdb({ file, readOnly: true, helpers: false });
  const read = (table: string) =>
    connection.query(`SELECT ${columns.map((c) => c.name).join(', ')} FROM ${table} ORDER BY ${resultKey.name}`, columns);
  const left = await read('l');
  const right = await read('r');
  connection.close();
  const { differences } = compare([{ ...resultKey, nullable: false, default: null, exactness: 'exact' }, ...resultOutputs], left, right);
  const seconds = (performance.now() - began) / 1000;
  return { seconds, found: differences.map((d) => `${left[d.row]?.[0]} ${d.column}`) };
}

test.skipIf(missingParts.includes('reladiff'))('reladiff finds what ours finds in a million rows; the times are printed', async () => {
  const rows = 1_000_000;
  const results = twoResults(rows);
  const connection = await openDuckdb({ file, helpers: false });
  await loadTwoResults(connection, results);
  connection.close();
  const best = new Map<string, number>();
  // In turns: what else runs on the machine hits all of them.
  for (let i = 0; i < 3; i++) {
    const ours = inMemory(results);
    expect(new Set(ours.found.map((cell) => cell.split(' ')[0])).size).toBe(rows / 10_000);
    for (const [name, { seconds, found }] of [
      ['in memory', ours] as const,
      ['with reading', await withReading()] as const,
      ...(await reladiff()),
    ]) {
      expect([...found].sort(), name).toEqual([...ours.found].sort());
      best.set(name, Math.min(seconds, best.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  const seconds = (name: string): number => best.get(name) ?? Number.NaN;
  const offered = [...best.keys()].filter((name) => !['in memory', 'with reading', byHand].includes(name));
  const quickest = Math.min(...offered.map(seconds));
  const ratio = (theirs: number, ours: string): string => `${(theirs / seconds(ours)).toFixed(2)} times ours ${ours}`;
  const shown = (theirs: number): string => `${theirs.toFixed(2)} s, ${ratio(theirs, 'in memory')}, ${ratio(theirs, 'with reading')}`;
  console.log(
    [
      `compare: two tables of ${rows} rows, ${rows / 10_000} of them differ, found by all; the best of 3 each`,
      `  ours: in memory ${seconds('in memory').toFixed(2)} s, with reading both tables ${seconds('with reading').toFixed(2)} s`,
      `  reladiff: ${shown(quickest)} (${offered.map((name) => `${name} ${seconds(name).toFixed(2)} s`).join(', ')})`,
      `  reladiff changed by hand, ${byHand}: ${shown(seconds(byHand))}`,
    ].join('\n'),
  );
});
