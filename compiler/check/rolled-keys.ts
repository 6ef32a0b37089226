/** The keys of one grouping set among those of all: which are NULL in its rows. And GROUPING, which tells. */
import { error } from '../diagnostics.ts';
import type { CallExpression } from '../parse/syntax.ts';
import { integer } from '../sql-type.ts';
import { type Bound, contains } from './bound.ts';
import type { Expr } from './checked.ts';
import { literal } from './coerce.ts';
import { type Environment, type ExpressionScope, fail, type RolledKeys } from './context.ts';
import { exprKey } from './expr-key.ts';

/** One of several sets of places in GROUP BY: the only keys that group here. */
export interface GroupingSet {
  readonly sets: readonly (readonly number[])[];
  readonly at: number;
}

export function rolledKeys(all: readonly Expr[], { sets, at }: GroupingSet, { session }: Environment): Omit<RolledKeys, 'aliases'> {
  const keys = all.map(exprKey);
  const distinct = new Set(keys);
  for (const expr of all) {
    const own = exprKey(expr);
    const wrong = !contains(expr, (e) => e.kind === 'column')
      ? 'a constant'
      : contains(expr, (e) => exprKey(e) !== own && distinct.has(exprKey(e)))
        ? 'an expression of another key'
        : undefined;
    if (wrong !== undefined)
      fail(
        session,
        error(
          'sql-unsupported',
          expr.span,
          `not supported: ${wrong} among ROLLUP, CUBE or GROUPING SETS`,
          'compute the key in a CTE first',
        ),
      );
  }
  const written = sets.map((set) => new Set(set.map((i) => keys[i] as string)));
  const present = written[at] ?? new Set();
  const [first] = all;
  if (first !== undefined && new Set(written.map((set) => JSON.stringify([...set].sort()))).size < sets.length)
    fail(
      session,
      error('sql-unsupported', first.span, 'not supported: a set given twice among ROLLUP, CUBE or GROUPING SETS', 'name each set once'),
    );
  return { all: distinct, absent: new Set(keys.filter((key) => !present.has(key))) };
}

/** GROUPING(a, b): a bit for each key, the last the lowest, set where the row is not grouped by it. */
export function bindGrouping(call: CallExpression, scope: ExpressionScope): Bound {
  const { rolled, session } = scope;
  if (rolled === null || scope.aggregates === 'inside')
    fail(session, error('aggregate-misplaced', call.span, `${call.name} tells the groups of ROLLUP, CUBE and GROUPING SETS apart`));
  const plain: ExpressionScope = { ...scope, aliases: rolled.aliases, aliasRule: 'column-first', rolled: null };
  const bits = call.arguments.map((argument): string => {
    const key = exprKey(scope.bind(argument, plain).expr);
    if (!rolled.all.has(key)) fail(session, error('wrong-arguments', argument.span, `${call.name} takes keys of the GROUP BY`));
    return rolled.absent.has(key) ? '1' : '0';
  });
  if (bits.length === 0 || bits.length > 31 || call.star || call.distinct || call.over !== null)
    fail(session, error('wrong-arguments', call.span, `${call.name} takes 1 to 31 keys of the GROUP BY`));
  return literal(String(Number.parseInt(bits.join(''), 2)), integer, call.span);
}
