/** What a verdict is about: entities that either side knows, at instants of an interval. */
import { createHash } from 'node:crypto';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { SqlType } from '../../../compiler/sql-type.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { keyText } from './strata.ts';
import { entityOfRows } from './touched.ts';

/** From 0 to 1, the same for the same words. */
export function chance(...words: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(words)).digest().readUInt32BE() / 2 ** 32;
}

/** One instant from each of `count` equal parts of the interval, in order. */
export function instantsOf([from, to]: readonly [from: bigint, to: bigint], count: number, seed: string): readonly bigint[] {
  const parts = Array.from(
    { length: count },
    (_, i) => (BigInt(i) * 2n ** 32n + BigInt(Math.floor(chance(seed, 'instant', i) * 2 ** 32))) as bigint,
  );
  return [...new Set(parts.map((part) => from + ((to - from) * part) / (BigInt(count) * 2n ** 32n)))];
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
