/** ASOF JOIN: each left row with the nearest right row, of which there must be one at most. */
import { error } from '../diagnostics.ts';
import type { TableExpression } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { typeName } from '../sql-type.ts';
import { type Bound, conjuncts, contains, noFacts } from './bound.ts';
import type { CheckedFrom, CheckedSelect, Expr } from './checked.ts';
import { requireBoolean } from './coerce.ts';
import { type BoundFrom, type ExpressionScope, fail, freshRelation } from './context.ts';
import { equalities, joinInputs } from './join-keys.ts';
import { columnExpr, coversKey, type Input } from './relation.ts';
import { applyScalar } from './scalar.ts';

const comparisons = new Set(['<', '<=', '>', '>=']);

/** `using`: the condition that USING makes, if there is one. */
export function bindAsOf(
  table: Extract<TableExpression, { kind: 'join' }>,
  left: BoundFrom,
  right: BoundFrom,
  using: Expr | null,
  merged: ReadonlyMap<string, Expr>,
  scope: ExpressionScope,
): BoundFrom {
  const { session } = scope;
  if (table.match === null) fail(session, error('sql-syntax', table.span, 'an ASOF JOIN needs a MATCH_CONDITION (left >= right)'));
  const match = requireBoolean(scope.bind(table.match, { ...scope, place: 'MATCH_CONDITION' }), 'MATCH_CONDITION', scope).expr;
  const [mine, theirs] = match.kind === 'call' && comparisons.has(match.fn) ? match.args : [];
  if (match.kind !== 'call' || mine === undefined || theirs === undefined || !only(mine, left.input) || !only(theirs, right.input))
    fail(
      session,
      error(
        'wrong-arguments',
        table.match.span,
        'MATCH_CONDITION compares a value of the left side with one of the right side, by <, <=, > or >=',
        'for example MATCH_CONDITION (orders.ordered_at >= prices.valid_from)',
      ),
    );
  if (theirs.type.kind === 'float' || theirs.type.kind === 'varchar' || theirs.type.kind === 'boolean')
    fail(session, error('wrong-arguments', table.match.span, `MATCH_CONDITION compares times or NUMBERs, not ${typeName(theirs.type)}s`));
  const on = table.on === null ? using : requireBoolean(scope.bind(table.on, scope), 'ON', scope).expr;
  const pairs = equalities(on, left.input, right.input);
  if (pairs.length !== conjuncts(on).length)
    fail(
      session,
      error('wrong-arguments', (table.on ?? table.match).span, 'ON of an ASOF JOIN equates columns of both sides, and nothing else'),
    );
  // Snowflake takes any of several right rows that are equally near.
  const given = [...pairs.map((p) => p.right), theirs];
  if (!coversKey(right.input.uniqueKeys, given) && !coversKey(versionStarts(right.input), given))
    fail(
      session,
      error(
        'ties-undecided',
        table.right.span,
        'several rows of the right side may be equally near, and nothing decides which one counts',
        'keep one row for each: QUALIFY ROW_NUMBER() OVER (PARTITION BY …, the matched column ORDER BY …) = 1 in a CTE',
      ),
    );
  return {
    from: { kind: 'join', join: 'asof', left: left.from, right: inForce(right, scope), on, match },
    input: joinInputs('asof', left.input, right.input, on, merged),
  };
}

/** One version of a key begins at an instant, if those that ended as they began are left out. */
function versionStarts({ relations: [history, second] }: Input): readonly (readonly Expr[])[] {
  if (history === undefined || second !== undefined || history.versionKey === null) return [];
  return [[...history.versionKey, 'VALID_FROM'].map((name) => columnExpr(history, name, nowhere))];
}

/** Versions of a history that were in force at some instant: of several with one updated_at the last. */
function inForce({ from, input }: BoundFrom, scope: ExpressionScope): CheckedFrom {
  const [history] = input.relations;
  if (history === undefined || from.kind !== 'source' || from.mode !== 'history') return from;
  const id = freshRelation(scope.session);
  const inner = { ...history, id };
  const column = (name: string): Bound => ({ expr: columnExpr(inner, name, nowhere), facts: noFacts });
  const lasted = applyScalar('<', [column('VALID_FROM'), column('VALID_TO')], nowhere, scope);
  const lasts = applyScalar('IS NULL', [column('VALID_TO')], nowhere, scope);
  const { columns } = from;
  const body: CheckedSelect = {
    kind: 'select',
    from: { ...from, id },
    where: applyScalar('OR', [lasts, lasted], nowhere, scope).expr,
    groupBy: null,
    having: null,
    qualify: null,
    items: columns.map((c) => ({ name: c.name, expr: columnExpr(inner, c.name, nowhere) })),
    distinct: false,
    columns,
  };
  return { kind: 'derived', id: from.id, query: { ctes: [], body, columns }, alias: from.alias, columns };
}

const nowhere: Span = { file: '', start: 0, end: 0 };

function only(e: Expr, input: Input): boolean {
  const ids = new Set(input.relations.map((r) => r.id));
  return (
    contains(e, (x) => x.kind === 'column') && !contains(e, (x) => x.kind === 'subquery' || (x.kind === 'column' && !ids.has(x.relation)))
  );
}
