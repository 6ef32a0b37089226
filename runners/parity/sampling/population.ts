/** What a verdict is about: entities that either side knows, at instants of an interval. */
import { createHash } from 'node:crypto';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { SqlType } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { keyText } from '../../reference/order.ts';
import { entityOfRows } from './touched.ts';

/** From 0 to 1, the same for the same words. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(words)).digest().readUInt32BE() / 2 ** 32;
}

/**
 * Half of `count` spread over the interval, one in each of equal parts; half soon after events, spread over these: most
 * windows are shorter than most silences. `times`: of events, in order. Microseconds; in order, distinct.
 */
export function instantsOf(
  [from, to]: readonly [from: bigint, to: bigint],
  times: readonly bigint[],
  count: number,
  seed: string,
): readonly bigint[] {
  const inside = times.filter((t) => t >= from && t < to);
  const busy = inside.length === 0 ? 0 : Math.floor(count / 2);
  const at = (i: number, of: number): number => (i + chance(seed, 'instant', of, i)) / of;
  const spread = Array.from(
    { length: count - busy },
    (_, i) => from + ((to - from) * BigInt(Math.floor(at(i, count - busy) * 2 ** 40))) / 2n ** 40n,
  );
  const after = Array.from({ length: busy }, (_, i) => (inside[Math.floor(at(i, busy) * inside.length)] as bigint) + 1n);
  return [...new Set([...spread, ...after])].sort((a, b) => (a < b ? -1 : 1));
}

/** Entities that rows name, with those that were found by asking, without repeats. */
export function knownEntities(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  found: readonly (readonly Value[])[],
): readonly (readonly Value[])[] {
  if (feature.entity.length === 0) return [[]];
  const known = new Map(found.filter((e) => !e.includes(null)).map((e) => [keyText(e), e]));
  for (const [source, entityOf] of entityOfRows(feature, catalog)) {
    for (const row of events.get(source)?.rows ?? []) {
      const entity = entityOf(row);
      if (entity !== undefined) known.set(keyText(entity), entity);
    }
  }
  return [...known.values()];
}

/** An entity that nobody has heard of. */
export function stranger(types: readonly SqlType[], known: readonly (readonly Value[])[]): readonly Value[] | undefined {
  const taken = new Set(known.map(keyText));
  for (let i = 0; i < 5; i++) {
    const entity = types.map((type): Value | undefined => {
      if (type.kind === 'varchar') return `nobody ${i}`;
      if (type.kind === 'number') return (BigInt(10) ** BigInt(Math.min(type.precision, 9)) - 7n - BigInt(i)) as Value;
      return undefined;
    });
    if (entity.includes(undefined)) return undefined;
    if (!taken.has(keyText(entity as Value[]))) return entity as Value[];
  }
  return undefined;
}

/** Each once, in the order in which they come first. */
export function distinctEntities(entities: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  return [...new Map(entities.map((e) => [keyText(e), e])).values()];
}
