/** `--batch-table FILE`: what a batch form answered that Lockstep did not compile, one entity and instant a row. */
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
  readonly file: string;
  /** Of the file. */
  readonly sha256: string;
  /** In the order of the file, each about another point. */
  readonly points: readonly SpineRow[];
  /** By `pointText`, in the feature's order. */
  readonly answers: ReadonlyMap<string, readonly Value[]>;
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
  return { file, sha256: await hashOf(file), points, answers };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
