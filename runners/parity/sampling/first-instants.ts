/** What is looked at at every instant costs most where instants are many. */
import type { SpineRow } from '../../data/spine.ts';

/** Whether a row is of one of the first `most` instants that are met. */
export function atFirstInstants(most: number): (row: SpineRow) => boolean {
  const instants = new Set<bigint>();
  return ({ asOf }) => {
    if (instants.size < most) instants.add(asOf);
    return instants.has(asOf);
  };
}
