/** Which entities are asked together, so that few requests stand for many. */
import type { SpineRow } from '../data/spine.ts';

/** As many as `most`, evenly from the first to the last. */
export function evenly<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  if (most === 1) return all.slice(-1);
  return Array.from({ length: most }, (_, i) => all[Math.round((i * (all.length - 1)) / (most - 1))] as T);
}

/** The request `index` of `count`: `size` rows from all over the spine, each at most once; over all requests each row comes as often as others. */
export function requestOf(spine: readonly SpineRow[], size: number, index: number, count: number): readonly SpineRow[] {
  const first = count < spine.length ? Math.round((index * (spine.length - 1)) / Math.max(1, count - 1)) : index;
  const step = Math.floor(spine.length / size);
  return Array.from({ length: size }, (_, k) => spine[(first + k * step) % spine.length] as SpineRow);
}
