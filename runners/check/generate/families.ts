/** Places that share their values, because a query joins them or calls them its entity, or because they bear one name. */
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { Clues } from './clues.ts';
import { type Place, placeText } from './places.ts';
import { fromLiterals } from './values.ts';

export interface Family {
  /** The nth value, each another; for as many as there are. */
  readonly nth: (n: number) => Value;
  /** How many values rows that are not named by it draw from. */
  readonly size: number;
}

/** By `placeText`; only of places that are keys, the entity, or are joined. */
export function familiesOf(feature: CheckedFeature, catalog: Catalog, clues: Clues, near: bigint): (place: Place) => Family | undefined {
  const parent = new Map<string, string>();
  const root = (key: string): string => {
    const above = parent.get(key);
    if (above === undefined || above === key) return key;
    const top = root(above);
    parent.set(key, top);
    return top;
  };
  const join = (keys: readonly string[]): void => {
    const [first, ...others] = keys;
    if (first === undefined) return;
    if (!parent.has(first)) parent.set(first, first);
    for (const other of others) parent.set(root(other), root(first));
  };
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  // A condition within a CASE stands on a side of its comparison, and is of another type.
  for (const group of clues.alike)
    for (const kind of new Set(group.map((place) => kindOf(place, sources))))
      join(group.filter((place) => kindOf(place, sources) === kind).map(placeText));
  for (const source of sources)
    for (const key of source.key) {
      const type = typeIn(source, key);
      if (type === 'timestamp') continue;
      const namesakes = sources.filter((s) => typeIn(s, key) === type).map((s) => placeText({ source: s.name, column: key, path: [] }));
      join([placeText({ source: source.name, column: key, path: [] }), ...namesakes]);
    }
  const members = new Map<string, string[]>();
  for (const key of parent.keys()) members.set(root(key), [...(members.get(root(key)) ?? []), key]);
  const streamKeys = new Set(
    sources.flatMap((s) =>
      s.kind === 'stream' && s.key.length === 1 ? s.key.map((c) => placeText({ source: s.name, column: c, path: [] })) : [],
    ),
  );
  const families = new Map(
    [...members].map(([top, keys]) => [
      top,
      familyOf(
        keys,
        keys.some((k) => streamKeys.has(k)),
        sources,
        clues,
        near,
      ),
    ]),
  );
  return (place) => {
    const key = placeText(place);
    return parent.has(key) ? families.get(root(key)) : undefined;
  };
}

function familyOf(keys: readonly string[], named: boolean, sources: readonly Source[], clues: Clues, near: bigint): Family | undefined {
  const columns = keys.flatMap((key) => {
    const [source, column, ...path] = JSON.parse(key) as [string, string, ...unknown[]];
    const declared = sources.find((s) => s.name === source)?.columns.find((c) => c.name === column);
    return path.length === 0 && declared !== undefined ? [declared] : [];
  });
  const type = columns[0]?.type ?? { kind: 'varchar' };
  const literals = keys.flatMap((key) => clues.literals.get(key) ?? []);
  const first = [...new Set(fromLiterals({ type, literals, casts: [], max: columns[0]?.max ?? null, near }))];
  const taken = new Set<Value>(first);
  const enumerate = enumerator(type.kind, near);
  if (enumerate === undefined) return undefined;
  const nth = (n: number): Value => {
    if (n < first.length) return first[n] as Value;
    let [left, at] = [n - first.length, 0];
    for (; ; at++) {
      const value = enumerate(at);
      if (taken.has(value)) continue;
      if (left === 0) return value;
      left -= 1;
    }
  };
  return { nth, size: Math.max(named ? 8 : 4, Math.min(first.length + 2, 8)) };
}

function enumerator(kind: string, near: bigint): ((n: number) => Value) | undefined {
  switch (kind) {
    case 'number':
      return (n) => BigInt(n + 1);
    case 'varchar':
      return (n) => ['a', 'b', 'é', 'C d'][n] ?? `k${n}`;
    case 'date':
      return (n) => near / 86_400_000_000n - BigInt(n);
    case 'float':
      return (n) => n + 0.5;
    default:
      return undefined;
  }
}

/** Values of one kind may be the same in two columns. */
function kindOf({ source, column, path }: Place, sources: readonly Source[]): string {
  const type = sources.find((s) => s.name === source)?.columns.find((c) => c.name === column)?.type;
  if (path.length > 0) return 'varchar';
  return type?.kind === 'number' ? `number ${type.scale}` : (type?.kind ?? 'none');
}

const typeIn = (source: Source, column: string): string | undefined => source.columns.find((c) => c.name === column)?.type.kind;
