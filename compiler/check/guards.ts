/** What a condition proves about zero: so that `CASE WHEN n = 0 THEN … ELSE a / n END` is known to be total. */

import type { Expr } from './checked.ts';
import { exprKey } from './expr-key.ts';

/** exprKeys that are certainly not zero (NULL is fine) where `condition` is TRUE. */
export function nonZeroWhenTrue(condition: Expr): readonly string[] {
  if (condition.kind !== 'call') return [];
  const [left, right] = condition.args;
  if (left === undefined || right === undefined) return [];
  if (condition.fn === 'AND') return condition.args.flatMap(nonZeroWhenTrue);
  if (condition.fn === 'OR') {
    const [first = [], ...rest] = condition.args.map(nonZeroWhenTrue);
    return first.filter((key) => rest.every((other) => other.includes(key)));
  }
  const normal = normalisedComparison(condition.fn, left, right);
  if (normal === undefined) return [];
  const { fn, value, limit } = normal;
  const excludesZero =
    (fn === '<>' && limit === 0) ||
    (fn === '=' && limit !== 0) ||
    (fn === '>' && limit >= 0) ||
    (fn === '>=' && limit > 0) ||
    (fn === '<' && limit <= 0) ||
    (fn === '<=' && limit < 0);
  return excludesZero ? [exprKey(value)] : [];
}

/** exprKeys that are certainly not zero where `condition` is FALSE or NULL (then the value itself is NULL). */
export function nonZeroWhenNotTrue(condition: Expr): readonly string[] {
  if (condition.kind !== 'call') return [];
  if (condition.fn === 'OR') return condition.args.flatMap(nonZeroWhenNotTrue);
  const [left, right] = condition.args;
  if (left === undefined || right === undefined) return [];
  const normal = normalisedComparison(condition.fn, left, right);
  if (normal === undefined) return [];
  const { fn, value, limit } = normal;
  const catchesZero =
    (fn === '=' && limit === 0) ||
    (fn === '<=' && limit >= 0) ||
    (fn === '<' && limit > 0) ||
    (fn === '>=' && limit <= 0) ||
    (fn === '>' && limit < 0);
  return catchesZero ? [exprKey(value)] : [];
}

const mirrored: Readonly<Record<string, string>> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

export function normalisedComparison(fn: string, left: Expr, right: Expr): { fn: string; value: Expr; limit: number } | undefined {
  const swapped = mirrored[fn];
  if (swapped === undefined) return undefined;
  const rightLimit = constant(right);
  if (rightLimit !== undefined) return { fn, value: left, limit: rightLimit };
  const leftLimit = constant(left);
  return leftLimit === undefined ? undefined : { fn: swapped, value: right, limit: leftLimit };
}

function constant(expr: Expr): number | undefined {
  return expr.kind === 'literal' && expr.type.kind === 'number' && typeof expr.text === 'string' ? Number(expr.text) : undefined;
}
