/** What a fault is put into: the files that the command line reads, and nothing behind it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../examples/marketplace/random.ts';
import type { Place } from './run.ts';
import type { Row, World } from './world.ts';

export interface Bench {
  /** Holds batch/, realtime/, artifacts/ and, where answers were served, served.ndjson. */
  readonly folder: string;
  readonly feature: string;
  readonly world: World;
  readonly random: Random;
  readonly place: Place;
  /** Auctions that the fault is to touch. */
  readonly chosen: ReadonlySet<string>;
}

/** Changes rows of the stream's side; a row becomes none, one or several. */
export async function changeStream(
  { folder }: Bench,
  source: 'bids' | 'auctions',
  change: (row: Row, index: number, rows: readonly Row[]) => readonly Row[],
): Promise<number> {
  const file = join(folder, 'realtime', `${source}.ndjson`);
  const rows = await readRows(file);
  const changed = rows.flatMap((row, i) => change(row, i, rows));
  await writeRows(file, changed);
  const before = new Set(rows.map((row) => JSON.stringify(row)));
  const after = new Set(changed.map((row) => JSON.stringify(row)));
  return [...before].filter((row) => !after.has(row)).length + [...after].filter((row) => !before.has(row)).length;
}

/** Edits the stored lambda, as somebody might who has access to it. */
export async function editLambda({ folder, feature }: Bench, edit: (sql: string) => string): Promise<void> {
  const file = join(folder, 'artifacts', 'lambdas', `${feature}.sql`);
  const sql = await readFile(file, 'utf8');
  const edited = edit(sql);
  if (edited === sql) throw new Error(`the fault does not fit ${feature}`);
  await writeFile(file, edited);
}

async function readRows(file: string): Promise<readonly Row[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

export async function writeRows(file: string, rows: readonly Row[]): Promise<void> {
  await writeFile(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
