/** Aggregate calls. */
import { error, warning } from '../diagnostics.ts';
import type { AggregateRow, Signature } from '../functions/define.ts';
import { regressionRows } from '../functions/regression.ts';
import type { CallExpression, Expression } from '../parse/syntax.ts';
import { argOf, type Bound, children, noFacts } from './bound.ts';
import { lowerBoundOf } from './bounds.ts';
import type { Expr, SortKey } from './checked.ts';
import { sayTainted } from './coerce.ts';
import { requireComparable } from './comparable.ts';
import { demand, display, type ExpressionScope, fail } from './context.ts';
import { exprKey } from './expr-key.ts';
import { sortKeys, totalOrder } from './ordering.ts';
import { hiddenColumn } from './relation.ts';
import { withParams } from './scalar.ts';

/** Aggregates whose FLOAT result depends on the order of additions. */
const additive = new Set(['SUM', 'AVG', 'STDDEV', 'STDDEV_POP', 'VARIANCE', 'VAR_POP', 'MEDIAN', 'PERCENTILE_CONT']);

/** Sums of FLOATs, whatever the type of their arguments. */
const inexact = new Set(regressionRows.map((row) => row.name));

export function accepted(
  signature: ReturnType<AggregateRow['resolve']>,
  args: readonly Bound[],
  call: CallExpression,
  scope: ExpressionScope,
): Signature {
  if ('refused' in signature) {
    const at = signature.arg === undefined ? call.span : (args[signature.arg]?.expr.span ?? call.span);
    fail(scope.session, error(signature.refused, at, signature.message, signature.hint));
  }
  if (signature.mayRaise !== undefined)
    demand(scope.session, error('may-raise', call.span, signature.mayRaise.reason, signature.mayRaise.hint));
  return signature;
}

export function aggregateFacts(fn: string, args: readonly Bound[], signature: Signature): Bound['facts'] {
  const overFloat = inexact.has(fn) || (additive.has(fn) && args.some((a) => a.expr.type.kind === 'float'));
  const lower = lowerBoundOf(fn, args);
  const tainted = overFloat || (signature.type.kind === 'float' && args.some((a) => a.facts.tainted));
  return {
    ...noFacts,
    tainted,
    approximate: tainted || args.some((a) => a.facts.approximate),
    ...(lower === undefined ? {} : { lower }),
    ...(signature.digits === undefined ? {} : { digits: signature.digits }),
  };
}

export function bindAggregate(call: CallExpression, row: AggregateRow, scope: ExpressionScope): Bound {
  if (scope.aggregates !== 'allowed') {
    const message = scope.aggregates === 'inside' ? `${row.name} inside another aggregate` : `an aggregate cannot stand in ${scope.place}`;
    fail(
      scope.session,
      error('aggregate-misplaced', call.span, message, scope.place === 'WHERE' ? 'use HAVING' : 'compute it in a CTE first'),
    );
  }
  if (call.nulls !== null)
    fail(scope.session, error('sql-unsupported', call.span, `not supported: ${call.nulls.toUpperCase()} NULLS in an aggregate`));
  const inside: ExpressionScope = {
    ...scope,
    aggregates: 'inside',
    windows: 'forbidden',
    place: 'an aggregate',
    undecided: null,
    groups: null,
  };
  const args = call.star ? [] : countedColumns(call, row, scope).map((arg) => scope.bind(arg, inside));
  if (call.star && row.name !== 'COUNT') fail(scope.session, error('wrong-arguments', call.span, `${row.name}(*) has no meaning`));
  if (!call.star && row.name === 'COUNT' && args.length === 0)
    fail(scope.session, error('wrong-arguments', call.span, 'COUNT needs an argument', 'write COUNT(*)'));
  if (call.distinct && !row.distinctAllowed) fail(scope.session, error('wrong-arguments', call.span, `${row.name} does not take DISTINCT`));
  if (call.distinct && args.some((a) => a.facts.tainted)) sayTainted('DISTINCT', call.span, scope);
  for (const [i, { expr }] of args.entries())
    if (row.name !== 'ARRAY_AGG' && (call.distinct || !(row.name === 'COUNT' || (/^M(IN|AX)_BY$/.test(row.name) && i === 0))))
      requireComparable(expr, call.distinct ? 'DISTINCT' : row.name, scope);
  const signature = accepted(row.resolve(args.map(argOf), call.distinct), args, call, scope);
  const cast = withParams(args, signature, scope);
  if (!call.distinct) noteFanOut(row, cast, call, scope);
  const orderBy = row.order === 'needed' ? aggregateOrder(call, row, cast, scope.groups ?? [], inside) : [];
  if (row.order === 'free' && call.orderBy.length > 0)
    fail(
      scope.session,
      error('wrong-arguments', call.span, `the value of ${row.name} does not depend on an order`, 'leave the ORDER BY out'),
    );
  return {
    expr: {
      kind: 'aggregate',
      fn: row.name,
      args: cast.map((a) => a.expr),
      distinct: call.distinct,
      orderBy,
      type: signature.type,
      nullable: signature.nullable,
      span: call.span,
    },
    facts: aggregateFacts(row.name, args, signature),
  };
}

/** COUNT(t.*) counts the rows of t without any NULL. */
function countedColumns(call: CallExpression, row: AggregateRow, scope: ExpressionScope): readonly Expression[] {
  const [only, second] = call.arguments;
  if (only?.kind !== 'columns-of' || second !== undefined || row.name !== 'COUNT' || call.distinct) return call.arguments;
  const { relation: name, span } = only;
  const relation = scope.input.relations.find((r) => r.alias === name.name);
  if (relation === undefined)
    fail(scope.session, error('unknown-column', name.span, `no relation \`${display(name.name)}\` is in scope here`));
  const visible = relation.columns.filter((c) => !hiddenColumn.test(c.name));
  return visible.map((c) => ({ kind: 'column', path: [name, { name: c.name, quoted: true, span }], span }));
}

/** Aggregates that a repeated row changes. */
const countsRows = new Set([
  'COUNT',
  'COUNT_IF',
  'SUM',
  'AVG',
  'MEDIAN',
  'LISTAGG',
  'ARRAY_AGG',
  'VARIANCE',
  'VAR_POP',
  'STDDEV',
  'STDDEV_POP',
]);

function noteFanOut(row: AggregateRow, args: readonly Bound[], call: CallExpression, scope: ExpressionScope): void {
  const read = new Set(args.flatMap((a) => columnsOf(a.expr)));
  const { relations, repeated } = scope.input;
  if (!countsRows.has(row.name) || read.size === 0 || ![...read].every((id) => repeated.has(id))) return;
  const names = relations.filter((r) => read.has(r.id)).map((r) => `\`${display(r.alias)}\``);
  scope.session.diagnostics.push(
    warning(
      'fan-out',
      call.span,
      `${row.name} takes each row of ${names.join(', ')} as often as the join repeats it`,
      'aggregate in a CTE before the join, or join on a key of the other side',
    ),
  );
}

function columnsOf(expr: Expr): readonly string[] {
  return expr.kind === 'column' ? [expr.relation] : children(expr).flatMap(columnsOf);
}

function aggregateOrder(
  call: CallExpression,
  row: AggregateRow,
  args: readonly Bound[],
  groups: readonly Expr[],
  scope: ExpressionScope,
): readonly SortKey[] {
  if (row.impliedOrder !== undefined) {
    if (call.orderBy.length > 0) fail(scope.session, error('wrong-arguments', call.span, `${row.name} has its own order`));
    const by = args[row.impliedOrder.arg];
    if (by === undefined) throw new Error(`${row.name}: no argument ${row.impliedOrder.arg}`);
    if (by.facts.tainted) sayTainted(row.name, by.expr.span, scope);
    const key: SortKey = { expr: by.expr, descending: row.impliedOrder.descending, nullsFirst: false, implied: false };
    return totalOrder([key], groups, call.span, row.name, scope);
  }
  if (call.orderBy.length === 0) {
    fail(
      scope.session,
      error(
        'ties-undecided',
        call.span,
        `${row.name} needs WITHIN GROUP (ORDER BY …): without it every engine joins rows in its own order`,
      ),
    );
  }
  const keys = sortKeys(call.orderBy, scope);
  if (!call.distinct) return totalOrder(keys, groups, call.span, row.name, scope);
  const value = args[0];
  if (value === undefined || keys.some((k) => exprKey(k.expr) !== exprKey(value.expr))) {
    fail(scope.session, error('ties-undecided', call.span, `${row.name}(DISTINCT x) can be ordered by x alone`));
  }
  return keys;
}
