/** Whether a written expression aggregates: decides, before anything is bound, if a SELECT has groups. */
import { findFunction } from '../functions/index.ts';
import type { Expression } from '../parse/syntax.ts';

export function containsAggregate(e: Expression): boolean {
  const any = (...list: readonly (Expression | null)[]): boolean => list.some((x) => x !== null && containsAggregate(x));
  switch (e.kind) {
    case 'call': {
      const aggregates = e.over === null && findFunction(e.name)?.kind === 'aggregate';
      const window = e.over === null ? [] : [...e.over.partitionBy, ...e.over.orderBy.map((o) => o.expression)];
      return aggregates || any(...e.arguments, ...window);
    }
    case 'unary':
    case 'is':
    case 'cast':
    case 'in-query':
      return any(e.argument);
    case 'row-in-query':
      return any(...e.row);
    case 'binary':
    case 'is-distinct':
      return any(e.left, e.right);
    case 'between':
      return any(e.argument, e.low, e.high);
    case 'like':
      return any(e.argument, e.pattern, e.escape);
    case 'in-list':
      return any(e.argument, ...e.list);
    case 'case':
      return any(e.operand, e.otherwise, ...e.branches.flatMap((b) => [b.when, b.then]));
    default:
      return false;
  }
}
