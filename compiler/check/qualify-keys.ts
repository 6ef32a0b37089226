/** QUALIFY ROW_NUMBER() OVER (PARTITION BY p ORDER BY …) = 1 leaves one row per p. */
import { conjuncts } from './bound.ts';
import type { Expr } from './checked.ts';

export function uniqueByRowNumber(qualify: Expr | null): readonly (readonly Expr[])[] {
  return conjuncts(qualify).flatMap((expr): (readonly Expr[])[] => {
    if (expr.kind !== 'call') return [];
    const [a, b] = expr.args;
    if (a?.kind !== 'window' || a.fn !== 'ROW_NUMBER' || b?.kind !== 'literal') return [];
    const first =
      (expr.fn === '=' && Number(b.text) === 1) || (expr.fn === '<=' && Number(b.text) === 1) || (expr.fn === '<' && Number(b.text) === 2);
    return first ? [a.partitionBy] : [];
  });
}
