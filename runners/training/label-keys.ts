/** Columns of labels by what they say. */
import { asOfColumn } from '../../compiler/plan/plan.ts';
import { sameName } from '../data/column.ts';
import { DataError } from '../data/data-error.ts';
import type { Key } from './engine.ts';

/** By the name that is written. `labels`: what messages call them. */
export function keyAmong(written: readonly string[], keys: readonly Key[], labels: string): ReadonlyMap<string, Key> {
  const place = (column: string | null): DataError['place'] => ({ file: labels, line: null, column });
  requireDistinct(written, labels);
  return new Map(
    keys.map((key): [string, Key] => {
      const found = written.find((name) => sameName(name, key.name));
      if (found !== undefined) return [found, key];
      const why = key.name === asOfColumn ? 'the instant of each row' : `the feature ${key.feature} is about it`;
      throw new DataError(place(key.name.toLowerCase()), `the labels do not have this column: ${why}`);
    }),
  );
}

export function requireDistinct(written: readonly string[], labels: string): void {
  const seen = new Set<string>();
  for (const name of written) {
    if (seen.has(name.toLowerCase()))
      throw new DataError({ file: labels, line: null, column: name }, 'two columns have this name, or differ only in case');
    seen.add(name.toLowerCase());
  }
}

export const absentKeys = (labels: string, absent: number, rows: number): string =>
  `${labels}: ${absent} of ${rows} labels have no as_of or not all entities: there they get what an entity without events has`;
