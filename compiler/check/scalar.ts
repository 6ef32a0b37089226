/** A call of a scalar row: signature, implicit casts, totality, and what it says about the result. */
import { didYouMean, error } from '../diagnostics.ts';
import type { ScalarRow, Signature } from '../functions/define.ts';
import { findFunction, functionRows } from '../functions/index.ts';
import type { Span } from '../source.ts';
import { argOf, type Bound, noFacts } from './bound.ts';
import { lowerBoundOf } from './bounds.ts';
import { castImplicitly, sayTainted, textIn } from './coerce.ts';
import { demand, type ExpressionScope, fail } from './context.ts';

/** Where the exact value decides, so that a value that is only nearly the same may decide otherwise. */
const decisive = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'IS DISTINCT FROM',
  'IS NOT DISTINCT FROM',
  'BETWEEN',
  'NOT BETWEEN',
  'EQUAL_NULL',
  'NULLIF',
  'NULLIFZERO',
  'GREATEST',
  'LEAST',
  'GREATEST_IGNORE_NULLS',
  'LEAST_IGNORE_NULLS',
  'ROUND',
  'FLOOR',
  'CEIL',
  'TRUNC',
  'SIGN',
  'DIV0',
  'DIV0NULL',
  '%',
  'MOD',
  'TO_CHAR',
  'WIDTH_BUCKET',
]);

/** Answers of the platform's math library, not of IEEE arithmetic. */
const approximate = new Set([
  'EXP',
  'LN',
  'POWER',
  'LOG',
  'SIN',
  'COS',
  'TAN',
  'COT',
  'ASIN',
  'ACOS',
  'ATAN',
  'ATAN2',
  'SINH',
  'COSH',
  'TANH',
  'ASINH',
  'ACOSH',
  'ATANH',
  'RADIANS',
  'DEGREES',
  'CBRT',
  'HAVERSINE',
]);

export function scalarRow(name: string, span: Span, scope: ExpressionScope): ScalarRow {
  const row = findFunction(name);
  if (row === undefined) {
    const names = functionRows.flatMap((r) => [r.name, ...(r.aliases ?? [])]).filter((n) => /^[A-Z]/.test(n) && !n.includes(' '));
    fail(
      scope.session,
      error(
        'unknown-function',
        span,
        `there is no function ${name} in Lockstep`,
        didYouMean(name, names) ?? 'docs/functions.md lists the functions that give the same value on every engine',
      ),
    );
  }
  if (row.kind !== 'scalar') fail(scope.session, error('aggregate-misplaced', span, `${row.name} needs OVER (…) or a group`));
  return row;
}

export function applyScalar(name: string, written: readonly Bound[], span: Span, scope: ExpressionScope): Bound {
  const row = scalarRow(name, span, scope);
  const args =
    row.name === '||' || row.name === 'CONCAT' ? written.map((arg) => textIn(arg, scope)) : timeLiterals(row.name, written, scope);
  const signature = row.resolve(args.map(argOf));
  if ('refused' in signature) {
    const at = signature.arg === undefined ? span : (args[signature.arg]?.expr.span ?? span);
    fail(scope.session, error(signature.refused, at, signature.message, signature.hint));
  }
  if (signature.mayRaise !== undefined) demand(scope.session, error('may-raise', span, signature.mayRaise.reason, signature.mayRaise.hint));
  const tainted = args.find((a) => a.facts.tainted);
  if (tainted !== undefined && decisive.has(row.name)) sayTainted(row.name, tainted.expr.span, scope);
  const cast = withParams(args, signature, scope);
  const [first, second] = args;
  const lower = lowerBoundOf(row.name, args);
  return {
    expr: { kind: 'call', fn: row.name, args: cast.map((a) => a.expr), type: signature.type, nullable: signature.nullable, span },
    facts: {
      ...noFacts,
      nonZero:
        (row.name === 'NULLIF' && second?.expr.kind === 'literal' && second.expr.text !== null && Number(second.expr.text) === 0) ||
        row.name === 'NULLIFZERO' ||
        ((row.name === 'NEGATE' || row.name === 'ABS') && first?.facts.nonZero === true),
      tainted: tainted !== undefined && signature.type.kind === 'float',
      approximate: approximate.has(row.name) || args.some((a) => a.facts.approximate),
      ...(signature.digits === undefined ? {} : { digits: signature.digits }),
      ...(lower === undefined ? {} : { lower }),
    },
  };
}

export function withParams(args: readonly Bound[], signature: Signature, scope: ExpressionScope): readonly Bound[] {
  return args.map((arg, i) => {
    const param = signature.params?.[i];
    return param === undefined ? arg : castImplicitly(arg, param, scope);
  });
}

const comparisons = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'BETWEEN',
  'NOT BETWEEN',
  'IS DISTINCT FROM',
  'IS NOT DISTINCT FROM',
  'EQUAL_NULL',
]);

/** `sent_at >= '2026-01-01'`: a text literal beside a time is read as a time, as Snowflake does. */
function timeLiterals(fn: string, args: readonly Bound[], scope: ExpressionScope): readonly Bound[] {
  if (!comparisons.has(fn)) return args;
  const time = args.find((a) => ['timestamp', 'date', 'time'].includes(a.expr.type.kind))?.expr.type;
  if (time === undefined) return args;
  return args.map((a) => (a.expr.kind === 'literal' && a.expr.type.kind === 'varchar' ? castImplicitly(a, time, scope) : a));
}
