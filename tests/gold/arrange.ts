/** ORDER BY and LIMIT of a statement, done on its rows: into groups of rows that tie. */
import type { CheckedStatement } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import { compareTuples, keyText } from '../../runners/reference/order.ts';

type Row = readonly Value[];

/** LIMIT keeps some of several rows that tie: which of them, Snowflake does not promise. */
export class LimitCutsTies extends Error {}

/** Groups in order, rows of a group in none; cells of hidden columns are cut off. */
export function arranged(rows: readonly Row[], { order, limit, shown }: CheckedStatement): readonly (readonly Row[])[] {
  const key = (row: Row): readonly Value[] => order.map((o) => row[o.output] ?? null);
  const sorted = [...rows].sort((a, b) => compareTuples(key(a), key(b), order));
  const groups: Row[][] = [];
  let last: Row | undefined;
  for (const row of sorted) {
    if (last === undefined || compareTuples(key(last), key(row), order) !== 0) groups.push([]);
    groups.at(-1)?.push(row.slice(0, shown));
    last = row;
  }
  return limit === null ? groups : limited(groups, limit);
}

function limited(groups: readonly (readonly Row[])[], limit: number): readonly (readonly Row[])[] {
  let left = limit;
  return groups.flatMap((group) => {
    const kept = group.slice(0, left);
    if (kept.length > 0 && kept.length < group.length && new Set(group.map(keyText)).size > 1)
      throw new LimitCutsTies(`LIMIT ${limit} keeps ${kept.length} of ${group.length} rows that tie`);
    left -= kept.length;
    return kept.length === 0 ? [] : [kept];
  });
}
