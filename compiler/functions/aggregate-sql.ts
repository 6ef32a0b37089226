/** Shapes that aggregate rows share. */
import type { Sql } from '../sql/tree.ts';

export function distinctSupport(aggregate: Sql, distinct: boolean): Sql {
  return distinct && aggregate.kind === 'call' ? { ...aggregate, distinct: true } : aggregate;
}
