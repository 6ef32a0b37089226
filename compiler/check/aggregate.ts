/** Aggregate and window calls. */
import { didYouMean, error } from '../diagnostics.ts';
import type { AggregateRow, Signature, WindowRow } from '../functions/define.ts';
import { findFunction, functionRows } from '../functions/index.ts';
import type { CallExpression, FrameBoundSyntax, FrameSyntax, WindowSpecification } from '../parse/syntax.ts';
import { argOf, type Bound, noFacts } from './bound.ts';
import { lowerBoundOf } from './bounds.ts';
import type { Expr, Frame, FrameBound, SortKey } from './checked.ts';
import { sayTainted } from './coerce.ts';
import { demand, type ExpressionScope, fail } from './context.ts';
import { exprKey } from './expr-key.ts';
import { sortKeys, totalOrder } from './ordering.ts';
import { withParams } from './scalar.ts';

/** Aggregates whose FLOAT result depends on the order of additions. */
const additive = new Set(['SUM', 'AVG', 'STDDEV', 'STDDEV_POP', 'VARIANCE', 'VAR_POP', 'MEDIAN']);

function accepted(
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

function aggregateFacts(fn: string, args: readonly Bound[], signature: Signature): Bound['facts'] {
  const overFloat = additive.has(fn) && args.some((a) => a.expr.type.kind === 'float');
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
  const inside: ExpressionScope = { ...scope, aggregates: 'inside', windows: 'forbidden', place: 'an aggregate', groups: null };
  const args = call.star ? [] : call.arguments.map((arg) => scope.bind(arg, inside));
  if (call.star && row.name !== 'COUNT') fail(scope.session, error('wrong-arguments', call.span, `${row.name}(*) has no meaning`));
  if (!call.star && row.name === 'COUNT' && args.length === 0)
    fail(scope.session, error('wrong-arguments', call.span, 'COUNT needs an argument', 'write COUNT(*)'));
  if (call.distinct && !row.distinctAllowed) fail(scope.session, error('wrong-arguments', call.span, `${row.name} does not take DISTINCT`));
  if (call.distinct && args.some((a) => a.facts.tainted)) sayTainted('DISTINCT', call.span, scope);
  const signature = accepted(row.resolve(args.map(argOf), call.distinct), args, call, scope);
  const cast = withParams(args, signature, scope);
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

export function bindWindow(call: CallExpression, over: WindowSpecification, scope: ExpressionScope): Bound {
  if (scope.windows !== 'allowed') {
    fail(
      scope.session,
      error(
        'aggregate-misplaced',
        call.span,
        `a window function cannot stand in ${scope.place}`,
        scope.place === 'WHERE' || scope.place === 'HAVING' ? 'use QUALIFY' : 'compute it in a CTE first',
      ),
    );
  }
  const row = findFunction(call.name);
  if (row === undefined) {
    const names = functionRows.filter((r) => r.kind !== 'scalar').map((r) => r.name);
    fail(
      scope.session,
      error(
        'unknown-function',
        call.nameSpan,
        `there is no window function ${call.name} in Lockstep`,
        didYouMean(call.name, names) ?? 'docs/functions.md lists those that give the same value on every engine',
      ),
    );
  }
  if (row.kind === 'scalar' || (row.kind === 'aggregate' && row.window === undefined)) {
    fail(
      scope.session,
      error(
        'sql-unsupported',
        call.span,
        `not supported: ${row.name} with OVER`,
        row.kind === 'aggregate' ? 'aggregate in a CTE and join it' : undefined,
      ),
    );
  }
  if (call.distinct || call.nulls === 'ignore' || call.orderBy.length > 0) {
    fail(
      scope.session,
      error(
        'sql-unsupported',
        call.span,
        `not supported: ${call.distinct ? 'DISTINCT' : call.nulls === 'ignore' ? 'IGNORE NULLS' : 'WITHIN GROUP'} with OVER`,
      ),
    );
  }
  const inside: ExpressionScope = { ...scope, windows: 'forbidden', place: 'a window' };
  const args = call.star ? [] : call.arguments.map((arg) => scope.bind(arg, inside));
  const partition = over.partitionBy.map((e) => {
    const { expr, facts } = scope.bind(e, inside);
    if (facts.tainted) sayTainted('PARTITION BY', expr.span, scope);
    return expr;
  });
  const keys = sortKeys(over.orderBy, inside);
  return row.kind === 'window'
    ? rankingWindow(call, over, row, args, partition, keys, inside)
    : aggregateWindow(call, over, row, args, partition, keys, inside);
}

function rankingWindow(
  call: CallExpression,
  over: WindowSpecification,
  row: WindowRow,
  args: readonly Bound[],
  partitionBy: readonly Expr[],
  keys: readonly SortKey[],
  scope: ExpressionScope,
): Bound {
  if (over.frame !== null) fail(scope.session, error('wrong-arguments', over.frame.span, `${row.name} takes no frame`));
  if (row.ordering === 'required' && keys.length === 0)
    fail(scope.session, error('ties-undecided', over.span, `${row.name} needs an ORDER BY in its OVER (…)`));
  if (row.ordering === 'forbidden' && keys.length > 0)
    fail(scope.session, error('wrong-arguments', over.span, `${row.name} takes no ORDER BY`));
  const signature = accepted(row.resolve(args.map(argOf)), args, call, scope);
  const orderBy = row.tiesMatter ? totalOrder(keys, partitionBy, call.span, row.name, scope) : keys;
  return {
    expr: {
      kind: 'window',
      fn: row.name,
      args: withParams(args, signature, scope).map((a) => a.expr),
      partitionBy,
      orderBy,
      frame: null,
      type: signature.type,
      nullable: signature.nullable,
      span: call.span,
    },
    facts: {
      ...noFacts,
      tainted: args.some((a) => a.facts.tainted),
      approximate: args.some((a) => a.facts.approximate),
      ...(signature.digits === undefined ? {} : { digits: signature.digits }),
    },
  };
}

const wholePartition: Frame = { unit: 'rows', start: { kind: 'unbounded-preceding' }, end: { kind: 'unbounded-following' } };

function aggregateWindow(
  call: CallExpression,
  over: WindowSpecification,
  row: AggregateRow,
  args: readonly Bound[],
  partitionBy: readonly Expr[],
  keys: readonly SortKey[],
  scope: ExpressionScope,
): Bound {
  const window = row.window;
  if (window === undefined) throw new Error(`${row.name} has no window form`);
  if (keys.length > 0 && over.frame === null) {
    const frame = 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW';
    fail(
      scope.session,
      error(
        'frame-missing',
        over.span,
        `${row.name} with ORDER BY needs an explicit frame: the default frame takes in rows that tie with the current one`,
        `say ${frame}, or RANGE instead of ROWS to take ties in`,
      ),
    );
  }
  if (keys.length === 0 && over.frame !== null) fail(scope.session, error('frame-missing', over.frame.span, 'a frame needs an ORDER BY'));
  const signature = accepted(window.resolve(args.map(argOf)), args, call, scope);
  const frame = over.frame === null ? wholePartition : frameOf(over.frame, scope);
  const orderBy = frame.unit === 'rows' && keys.length > 0 ? totalOrder(keys, partitionBy, call.span, row.name, scope) : keys;
  return {
    expr: {
      kind: 'window',
      fn: row.name,
      args: withParams(args, signature, scope).map((a) => a.expr),
      partitionBy,
      orderBy,
      frame,
      type: signature.type,
      nullable: signature.nullable,
      span: call.span,
    },
    facts: aggregateFacts(row.name, args, signature),
  };
}

function frameOf(syntax: FrameSyntax, scope: ExpressionScope): Frame {
  const unit = syntax.unit === 'ROWS' ? 'rows' : 'range';
  return { unit, start: frameBound(syntax.start, syntax, unit, scope), end: frameBound(syntax.end, syntax, unit, scope) };
}

function frameBound(syntax: FrameBoundSyntax, frame: FrameSyntax, unit: 'rows' | 'range', scope: ExpressionScope): FrameBound {
  if (syntax.kind !== 'preceding' && syntax.kind !== 'following') return { kind: syntax.kind };
  const { offset } = syntax;
  if (unit === 'range')
    fail(scope.session, error('sql-unsupported', offset.span, 'not supported: RANGE with an offset', 'use ROWS, or join on a time range'));
  if (offset.kind !== 'number' || !/^\d{1,9}$/.test(offset.text))
    fail(scope.session, error('wrong-arguments', frame.span, 'a ROWS frame takes whole numbers of rows'));
  return { kind: syntax.kind, amount: offset.text, unit: null };
}
