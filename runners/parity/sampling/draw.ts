/** Entities in the order of a panel: the first n are a simple random sample without replacement, for every n. */
import type { SqlType } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import { keyHash, type Panel } from './key-hash.ts';

export function inDrawnOrder(
  entities: readonly (readonly Value[])[],
  types: readonly SqlType[],
  panel: Panel,
): readonly (readonly Value[])[] {
  return entities
    .map((entity) => ({ entity, hash: keyHash(panel, entity, types) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0))
    .map(({ entity }) => entity);
}
