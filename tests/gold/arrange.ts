/** ORDER BY and LIMIT of a statement, done on its rows: into groups of rows that tie. */
import type { CheckedStatement } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import { compareTuples, keyText } from '../../runners/reference/order.ts';

type Row = readonly Value[];

/** LIMIT keeps some of several rows that tie: which of them, Snowflake does not promise. */
export class LimitCutsTies extends Error {}

/** Groups in order, rows of a group in none; cells of hidden columns are cut off. */
export function arranged(rows: readonly Row[], { order, limit, offset, shown }: CheckedStatement): readonly (readonly Row[])[] {
  const key = (row: Row): readonly Value[] => order.map((o) => row[o.output] ?? null);
  const sorted = [...rows].sort((a, b) => compareTuples(key(a), key(b), order));
  const groups: Row[][] = [];
  let last: Row | undefined;
  for (const row of sorted) {
    if (last === undefined || compareTuples(key(last), key(row), order) !== 0) groups.push([]);
    groups.at(-1)?.push(row.slice(0, shown));
    last = row;
  }
  return limit === null && offset === 0 ? groups : between(groups, offset, limit === null ? Number.POSITIVE_INFINITY : offset + limit);
}

function between(groups: readonly (readonly Row[])[], first: number, end: number): readonly (readonly Row[])[] {
  let at = 0;
  return groups.flatMap((group) => {
    const kept = group.slice(Math.max(0, first - at), Math.max(0, end - at));
    at += group.length;
    if (kept.length > 0 && kept.length < group.length && new Set(group.map(keyText)).size > 1)
      throw new LimitCutsTies(`LIMIT keeps ${kept.length} of ${group.length} rows that tie`);
    return kept.length === 0 ? [] : [kept];
  });
}
