/** The least value that an expression can have, where its form tells: what SQRT and LN need to know of their argument. */
import type { LowerBound } from '../functions/define.ts';
import type { Bound } from './bound.ts';
import type { Expr } from './checked.ts';
import type { ExpressionScope } from './context.ts';
import { exprKey } from './expr-key.ts';
import { nonZeroWhenTrue, normalisedComparison } from './guards.ts';

/** Of a call with these arguments; undefined where nothing is known. */
export function lowerBoundOf(fn: string, args: readonly Bound[]): LowerBound | undefined {
  const lowers = args.map((a) => a.facts.lower);
  const all = lowers.every((l) => l !== undefined) ? (lowers as readonly LowerBound[]) : undefined;
  switch (fn) {
    case 'ABS':
    case 'LENGTH':
    case 'COUNT':
    case 'COUNT_IF':
    case 'SQRT':
    case 'STDDEV':
    case 'STDDEV_POP':
    case 'VARIANCE':
    case 'VAR_POP':
      return { value: 0, strict: false };
    case 'EXP':
      return { value: 0, strict: false };
    case '+':
      return all?.reduce((a, b) => ({ value: a.value + b.value, strict: a.strict || b.strict }));
    case '*':
      return all?.every((l) => l.value >= 0) ? { value: 0, strict: all.every((l) => l.value > 0 || l.strict) } : undefined;
    case 'GREATEST':
      return lowers
        .filter((l) => l !== undefined)
        .reduce<LowerBound | undefined>((a, b) => (a === undefined || b.value > a.value ? b : a), undefined);
    case 'LEAST':
    case 'COALESCE':
    case 'MIN':
    case 'MAX':
    case 'AVG':
      return all?.reduce((a, b) => (b.value < a.value ? b : a));
    default:
      return undefined;
  }
}

/** exprKey → bound, where `condition` is TRUE. */
function boundsWhenTrue(condition: Expr): ReadonlyMap<string, LowerBound> {
  if (condition.kind !== 'call') return new Map();
  if (condition.fn === 'AND') return new Map(condition.args.flatMap((a) => [...boundsWhenTrue(a)]));
  const [left, right] = condition.args;
  const normal = left === undefined || right === undefined ? undefined : normalisedComparison(condition.fn, left, right);
  if (normal === undefined || !['>', '>=', '='].includes(normal.fn)) return new Map();
  return new Map([[exprKey(normal.value), { value: normal.limit, strict: normal.fn === '>' }]]);
}

/** The scope in which `condition` is TRUE. */
export function whenTrue(condition: Expr, scope: ExpressionScope): ExpressionScope {
  return {
    ...scope,
    nonZero: new Set([...scope.nonZero, ...nonZeroWhenTrue(condition)]),
    lower: new Map([...scope.lower, ...boundsWhenTrue(condition)]),
  };
}

export function strongerBound(a: LowerBound | undefined, b: LowerBound | undefined): LowerBound | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.value > a.value || (b.value === a.value && b.strict) ? b : a;
}
