/** What a batch form answered, one entity and instant a row: a file of somebody else's (`--batch-table`), or a relation that our models fill. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { timestamp, typeName } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { DataError } from './data-error.ts';
import { formatOf, readRows, requireFile } from './rows.ts';
import { pointText, type SpineRow } from './spine.ts';

export interface BatchTable {
  /** The file, or the relation. */
  readonly name: string;
  /** Of the file, or of the rows in the order of instants and entities. */
  readonly sha256: string;
  /** In the order of the file, each about another point. */
  readonly points: readonly SpineRow[];
  /** By `pointText`, in the feature's order. */
  readonly answers: ReadonlyMap<string, readonly Value[]>;
  /** null: somebody else computed it. */
  readonly built: Built | null;
}

/** How a relation of our models came about. */
export interface Built {
  /** By `pointText`: of which version a row is. */
  readonly versions: ReadonlyMap<string, string>;
  /** That are complete, of the version that is shown, in the order in which they were completed; none if there is no ledger. */
  readonly runs: readonly BuiltRun[];
}

/** Instants that were computed together. Times are microseconds. */
export interface BuiltRun {
  readonly start: bigint;
  /** Behind the last instant. */
  readonly end: bigint;
  readonly completedAt: bigint;
  /** By the name of a stream: the greatest ingest time that it had before the run read anything. */
  readonly seen: ReadonlyMap<string, bigint>;
}

/** Further columns are ignored. */
export async function readBatchTable(
  file: string,
  { entity, outputs }: CheckedFeature,
  warn: (warning: string) => void,
): Promise<BatchTable> {
  await requireFile(file);
  const format = formatOf(file, 'a batch table');
  const unread = outputs.find(({ type }) => ['array', 'binary', 'time'].includes(type.kind));
  if (unread !== undefined)
    throw new DataError({ file, line: null, column: unread.name }, `no file is read for values of ${typeName(unread.type)}`);
  const columns = [...entity, { name: asOfColumn, type: timestamp }, ...outputs].map(({ name, type }) => ({
    name,
    type,
    secret: name !== asOfColumn,
  }));
  const { rows, lines, warnings } = await readRows(file, format, columns);
  warnings.forEach(warn);
  const answers = new Map<string, readonly Value[]>();
  const lineOf = new Map<string, number>();
  const points = rows.map((row, i): SpineRow => {
    const line = lines[i] ?? 0;
    const missing = row.slice(0, entity.length + 1).indexOf(null);
    if (missing >= 0)
      throw new DataError(
        { file, line, column: columns[missing]?.name ?? null },
        'nobody is asked for NULL: leave this row out of the table',
      );
    const point = { entity: row.slice(0, entity.length), asOf: row[entity.length] as bigint };
    const key = pointText(point);
    const before = lineOf.get(key);
    if (before !== undefined)
      throw new DataError({ file, line, column: null }, `this row answers for the same entity and instant as line ${before}`);
    lineOf.set(key, line);
    answers.set(key, row.slice(entity.length + 1));
    return point;
  });
  return { name: file, sha256: await hashOf(file), points, answers, built: null };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
