/** What the checker knows of an expression beyond its type; and equality of expressions. */
import type { Arg, LowerBound } from '../functions/define.ts';
import type { Expr } from './checked.ts';

export interface Facts {
  /** Proven: |value| < 10^digits. */
  readonly digits?: number;
  readonly lower?: LowerBound;
  /** Proven: never zero, though possibly NULL. */
  readonly nonZero: boolean;
  /** Comes from a FLOAT aggregate: its last bits depend on the order of additions. */
  readonly tainted: boolean;
  /** Its last bits depend on the engine, through an aggregate or a math library. */
  readonly approximate: boolean;
}

export const noFacts: Facts = { nonZero: false, tainted: false, approximate: false };

export interface Bound {
  readonly expr: Expr;
  readonly facts: Facts;
}

export function argOf(bound: Bound): Arg {
  const { expr, facts } = bound;
  return {
    type: expr.type,
    nullable: isNullable(expr),
    nonZero: facts.nonZero,
    ...(expr.kind === 'literal' ? { literal: expr.text } : {}),
    ...(facts.digits === undefined ? {} : { digits: facts.digits }),
    ...(facts.lower === undefined ? {} : { lower: facts.lower }),
  };
}

export function isNullable(expr: Expr): boolean {
  if (expr.kind === 'literal') return expr.text === null;
  return expr.kind === 'as-of' ? false : expr.nullable;
}

/** The expressions directly inside, queries excepted. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'as-of':
    case 'column':
    case 'exists':
    case 'subquery':
      return [];
    case 'call':
      return expr.args;
    case 'case':
      return [...expr.branches.flatMap((b) => [b.when, b.then]), ...(expr.otherwise === null ? [] : [expr.otherwise])];
    case 'cast':
    case 'in-query':
      return [expr.argument];
    case 'in-list':
      return [expr.argument, ...expr.list];
    case 'aggregate':
      return [...expr.args, ...expr.orderBy.map((k) => k.expr)];
    case 'window':
      return [...expr.args, ...expr.partitionBy, ...expr.orderBy.map((k) => k.expr)];
  }
}

export function contains(expr: Expr, test: (e: Expr) => boolean): boolean {
  return test(expr) || children(expr).some((child) => contains(child, test));
}

/** The operands of a tree of ANDs. */
export function conjuncts(expr: Expr | null): readonly Expr[] {
  if (expr === null) return [];
  if (expr.kind === 'call' && expr.fn === 'AND') return expr.args.flatMap(conjuncts);
  return [expr];
}
