/** ORDER BY inside windows and aggregates: NULLs placed as Snowflake places them, ties decided by the stream's key. */
import { error } from '../diagnostics.ts';
import type { OrderItem } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import type { Expr, SortKey } from './checked.ts';
import { sayTainted } from './coerce.ts';
import { requireComparable } from './comparable.ts';
import { display, type ExpressionScope, fail } from './context.ts';
import { exprKey } from './expr-key.ts';
import { coversKey } from './relation.ts';

export function sortKeys(items: readonly OrderItem[], scope: ExpressionScope): readonly SortKey[] {
  return items.map((item) => {
    const { expr, facts } = scope.bind(item.expression, scope);
    requireComparable(expr, 'ORDER BY', scope);
    if (facts.tainted) sayTainted('ORDER BY', expr.span, scope);
    return {
      expr,
      descending: item.descending,
      nullsFirst: item.nulls === null ? item.descending : item.nulls === 'first',
      implied: false,
    };
  });
}

/** Whether rows may tie: the ordering, with the partition, contains no key of the rows. */
export function hasTies(keys: readonly SortKey[], partition: readonly Expr[], { groups, input }: ExpressionScope): boolean {
  return !coversKey(groups === null ? input.uniqueKeys : [groups], [...keys.map((k) => k.expr), ...partition]);
}

/** What the nearest key still lacks; undefined where it is no column that an author can name. */
function missing(unique: readonly (readonly Expr[])[], fixed: readonly Expr[], { input }: ExpressionScope): string | undefined {
  const given = new Set(fixed.map(exprKey));
  const [nearest] = unique.map((key) => key.filter((e) => !given.has(exprKey(e)))).sort((a, b) => a.length - b.length);
  const names = nearest?.map((e) => {
    const relation = e.kind === 'column' ? input.relations.find((r) => r.id === e.relation) : undefined;
    return e.kind === 'column' && relation !== undefined ? `${display(relation.alias)}.${display(e.name)}` : undefined;
  });
  if (names === undefined || names.length === 0 || names.includes(undefined)) return undefined;
  return `rows are unique by a key and its event time: add ${names.join(', ')} to the ORDER BY`;
}

/**
 * The ordering with ties decided: as it is where it (with the partition) contains a key of the rows; with the stream's
 * key appended where rows come one to one from a stream; refused otherwise.
 */
export function totalOrder(
  keys: readonly SortKey[],
  partition: readonly Expr[],
  span: Span,
  what: string,
  scope: ExpressionScope,
): readonly SortKey[] {
  const fixed = [...keys.map((k) => k.expr), ...partition];
  const unique = scope.groups === null ? scope.input.uniqueKeys : [scope.groups];
  if (coversKey(unique, fixed)) return keys;
  if (scope.groups === null && scope.input.rowKey !== null) {
    const given = new Set(fixed.map(exprKey));
    const appended = scope.input.rowKey().filter((e) => !given.has(exprKey(e)));
    return [...keys, ...appended.map((expr): SortKey => ({ expr, descending: false, nullsFirst: false, implied: true }))];
  }
  const hint =
    scope.groups === null
      ? (missing(unique, fixed, scope) ?? 'add columns that make the ORDER BY unique: the keys of the relations in FROM')
      : 'add the GROUP BY columns to the ORDER BY';
  const refusal = error('ties-undecided', span, `${what} depends on the order of rows that tie, and nothing decides it`, hint);
  if (scope.undecided === null) return fail(scope.session, refusal);
  scope.undecided.push({ common: fixed, refusal });
  return keys;
}
