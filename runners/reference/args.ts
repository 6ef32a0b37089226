/** What a function row may know of an argument. */
import type { Expr } from '../../compiler/check/checked.ts';
import type { Arg } from '../../compiler/functions/define.ts';

export function argOf(expr: Expr): Arg {
  if (expr.kind === 'literal') return { type: expr.type, nullable: expr.text === null, literal: expr.text };
  return { type: expr.type, nullable: expr.kind === 'as-of' ? false : expr.nullable };
}
