/** Which columns tell rows apart that stand in the text itself: VALUES, or SELECTs of literals. */
import type { CheckedBody, CheckedSelect, Expr } from './checked.ts';

const widestKey = 3;
const mostColumns = 24;

/** Names of columns; none where a row is not all literals. */
export function constantKeys(branches: readonly CheckedBody[], names: readonly string[]): readonly (readonly string[])[] {
  const rows = branches.map((branch) => (branch.kind === 'select' && isRow(branch) ? branch.items.map((i) => constantText(i.expr)) : []));
  const constant = rows.every((row) => row.length === names.length && !row.includes(undefined));
  return constant ? smallestKeys(rows as readonly (readonly string[])[], names.length).map((key) => key.map((i) => names[i] ?? '')) : [];
}

function isRow(select: CheckedSelect): boolean {
  const { from, where, groupBy, having, qualify } = select;
  return [from, where, groupBy, having, qualify].every((part) => part === null);
}

/** Equal for equal values of one column. */
function constantText(expr: Expr): string | undefined {
  if (expr.kind === 'cast') {
    const { type, argument } = expr;
    const widens = type.kind === 'number' && argument.type.kind === 'number' && type.scale >= argument.type.scale;
    return widens ? constantText(argument) : undefined;
  }
  if (expr.kind !== 'literal') return undefined;
  const { text, type } = expr;
  if (typeof text !== 'string') return String(text);
  if (type.kind === 'varchar') return `'${text}`;
  if (type.kind !== 'number') return undefined;
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The smallest sets of columns, by index, in which no two rows are the same. */
export function smallestKeys(rows: readonly (readonly string[])[], width: number): readonly (readonly number[])[] {
  const columns = Array.from({ length: Math.min(width, mostColumns) }, (_, i) => i);
  const tells = (set: readonly number[]): boolean =>
    new Set(rows.map((row) => JSON.stringify(set.map((i) => row[i])))).size === rows.length;
  const found: (readonly number[])[] = [];
  let sets: readonly (readonly number[])[] = [[]];
  for (let size = 0; size <= widestKey; size++) {
    const open = sets.filter((set) => !found.some((key) => key.every((i) => set.includes(i))));
    const keys = open.filter(tells);
    found.push(...keys);
    sets = open
      .filter((set) => !keys.includes(set))
      .flatMap((set) => columns.filter((i) => i > (set.at(-1) ?? -1)).map((i) => [...set, i]));
  }
  return found;
}
