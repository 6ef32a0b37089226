/** Calls with OVER: ranking, offsets, values and aggregates over a frame. */
import { didYouMean, error, note, warning } from '../diagnostics.ts';
import type { AggregateRow, Signature, WindowRow } from '../functions/define.ts';
import { ignoringNulls } from '../functions/ignore-nulls.ts';
import { findFunction, functionRows } from '../functions/index.ts';
import type { CallExpression, WindowSpecification } from '../parse/syntax.ts';
import type { Span } from '../source.ts';
import { accepted, aggregateFacts } from './aggregate.ts';
import { argOf, type Bound, noFacts } from './bound.ts';
import type { Expr, Frame, SortKey } from './checked.ts';
import { sayTainted } from './coerce.ts';
import { requireComparable } from './comparable.ts';
import { type ExpressionScope, fail } from './context.ts';
import { bindCountDistinctOver } from './count-distinct-over.ts';
import { frameOf } from './frame.ts';
import { hasTies, sortKeys, totalOrder } from './ordering.ts';
import { coversKey } from './relation.ts';
import { withParams } from './scalar.ts';

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
  const row = findFunction(call.nulls === 'ignore' ? ignoringNulls(call.name) : call.name);
  if (row === undefined && call.nulls === 'ignore' && findFunction(call.name) !== undefined)
    fail(scope.session, error('wrong-arguments', call.span, `${call.name} takes no IGNORE NULLS`, 'aggregates skip NULLs by themselves'));
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
  if (call.distinct && row.kind === 'aggregate' && row.name === 'COUNT' && call.orderBy.length === 0)
    return bindCountDistinctOver(call, over, row, scope);
  if (call.distinct || call.orderBy.length > 0)
    fail(scope.session, error('sql-unsupported', call.span, `not supported: ${call.distinct ? 'DISTINCT' : 'WITHIN GROUP'} with OVER`));
  // No fact shows ties under a frame that looks ahead; the one there is contradicts its own ORDER BY.
  const undecided = looksAhead(call, over) ? null : scope.undecided;
  const inside: ExpressionScope = { ...scope, windows: 'forbidden', place: 'a window', undecided };
  const args = call.star ? [] : call.arguments.map((arg) => scope.bind(arg, inside));
  const partition = over.partitionBy.map((e) => {
    const { expr, facts } = scope.bind(e, inside);
    requireComparable(expr, 'PARTITION BY', scope);
    if (facts.tainted) sayTainted('PARTITION BY', expr.span, scope);
    return expr;
  });
  const keys = sortKeys(over.orderBy, inside);
  noteLookAhead(call, over, scope);
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
  const framed = 'frame' in row;
  if (over.frame !== null && !framed) fail(scope.session, error('wrong-arguments', over.frame.span, `${row.name} takes no frame`));
  if (row.ordering === 'required' && keys.length === 0)
    fail(scope.session, error('ties-undecided', over.span, `${row.name} needs an ORDER BY in its OVER (…)`));
  if (row.ordering === 'forbidden' && keys.length > 0)
    fail(scope.session, error('wrong-arguments', over.span, `${row.name} takes no ORDER BY`));
  const signature = accepted(row.resolve(args.map(argOf)), args, call, scope);
  // The frame that Snowflake takes for FIRST_VALUE and its kin is not the one that the standard has.
  const frame = framed ? (over.frame === null ? wholePartition : frameOf(over.frame, row.name, keys, scope)) : null;
  const orderBy = row.tiesMatter ? orderFor(frame, keys, partitionBy, call.span, row.name, scope) : keys;
  // Rows beyond a frame's edge, and empty frames, give NULL.
  const nullable = signature.nullable || (frame !== null && frame !== wholePartition);
  return {
    expr: {
      kind: 'window',
      fn: row.name,
      args: withParams(args, signature, scope).map((a) => a.expr),
      partitionBy,
      orderBy,
      frame,
      type: signature.type,
      nullable,
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
  if (window.partitionOnly === true && (keys.length > 0 || over.frame !== null))
    fail(scope.session, error('wrong-arguments', over.span, `${row.name} takes PARTITION BY alone in its OVER (…)`));
  if (keys.length === 0 && over.frame !== null) fail(scope.session, error('frame-missing', over.frame.span, 'a frame needs an ORDER BY'));
  const signature = accepted(window.resolve(args.map(argOf)), args, call, scope);
  const frame =
    over.frame !== null
      ? frameOf(over.frame, row.name, keys, scope)
      : keys.length === 0
        ? wholePartition
        : defaultFrame(row.name, signature, over.span, hasTies(keys, partitionBy, scope), scope);
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

function looksAhead(call: CallExpression, over: WindowSpecification): boolean {
  const end = over.frame?.end.kind;
  return end === 'following' || end === 'unbounded-following' || call.name === 'LEAD';
}

/** What follows a row may still come: the value of an old row changes, and engines that stream cannot give it. */
function noteLookAhead(call: CallExpression, over: WindowSpecification, scope: ExpressionScope): void {
  if (!looksAhead(call, over)) return;
  scope.session.diagnostics.push(
    note(
      'looks-ahead',
      over.frame?.span ?? call.span,
      `${call.name} reads rows after the current one, so its value for a row changes as later rows come`,
      'end the frame at CURRENT ROW, or order the other way round',
    ),
  );
}

/** Snowflake's, written out. What it gives for means of NUMBERs no source settles. */
function defaultFrame(name: string, signature: Signature, span: Span, ties: boolean, scope: ExpressionScope): Frame {
  const rows = 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW';
  if (signature.type.kind === 'number' && unsettledByDefault.has(name))
    fail(
      scope.session,
      error('frame-missing', span, `how ${name} rounds with an ORDER BY and no frame is not documented`, `state the frame: ${rows}`),
    );
  if (ties)
    scope.session.diagnostics.push(
      warning(
        'frame-missing',
        span,
        `${name} with ORDER BY and no frame takes in rows that tie with the current one`,
        `say RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW if that is meant, or ${rows}`,
      ),
    );
  return { unit: 'range', start: { kind: 'unbounded-preceding' }, end: { kind: 'current-row' } };
}

const unsettledByDefault = new Set(['AVG']);

/** A value that depends on the order of rows: a tie-break would move the edges of a RANGE, so there the author's own order must do. */
function orderFor(
  frame: Frame | null,
  keys: readonly SortKey[],
  partitionBy: readonly Expr[],
  span: Span,
  name: string,
  scope: ExpressionScope,
): readonly SortKey[] {
  if (frame?.unit !== 'range') return totalOrder(keys, partitionBy, span, name, scope);
  const unique = scope.groups === null ? scope.input.uniqueKeys : [scope.groups];
  if (coversKey(unique, [...keys.map((k) => k.expr), ...partitionBy])) return keys;
  return fail(
    scope.session,
    error(
      'ties-undecided',
      span,
      `${name} over a RANGE depends on the order of rows that tie, and nothing decides it`,
      'use ROWS, or MIN and MAX',
    ),
  );
}
