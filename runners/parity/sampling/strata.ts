/** Kinds of entities that go wrong in their own ways. They overlap, and are reported apart from the rate. */
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { rowTime } from '../../data/row-time.ts';
import { keyText } from '../../reference/order.ts';
import { entityOfRows } from './touched.ts';

export const strata = ['heavy', 'new', 'without events', 'late', 'duplicate', 'deleted', 'contract-breaking'] as const;
export type Stratum = (typeof strata)[number];

interface Seen {
  rows: number;
  first: bigint | undefined;
  last: bigint | undefined;
  readonly marks: Set<Stratum>;
}

/** By `keyText`. Where rows do not name their entity, nobody is in any. */
export function strataOf(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  entities: readonly (readonly Value[])[],
  [from, to]: readonly [from: bigint, to: bigint],
): ReadonlyMap<string, ReadonlySet<Stratum>> {
  const seen = new Map<string, Seen>(
    entities.map((e) => [keyText(e), { rows: 0, first: undefined, last: undefined, marks: new Set<Stratum>() }]),
  );
  const owner = entityOfRows(feature, catalog);
  for (const source of catalog.sources.filter((s) => feature.sources.includes(s.name))) {
    const entityOf = owner.get(source.name);
    const rows = events.get(source.name)?.rows ?? [];
    if (entityOf === undefined) continue;
    const marked = marksOf(source, rows);
    const time = rowTime(source);
    for (const [i, row] of rows.entries()) {
      const entity = entityOf(row);
      const known = entity === undefined ? undefined : seen.get(keyText(entity));
      if (known === undefined) continue;
      known.rows += 1;
      for (const mark of marked[i] ?? []) known.marks.add(mark);
      const at = time(row);
      if (at === undefined) continue;
      if (known.first === undefined || at < known.first) known.first = at;
      if (known.last === undefined || at > known.last) known.last = at;
    }
  }
  const counts = [...seen.values()].map((s) => s.rows).sort((a, b) => b - a);
  const heavy = Math.max(2, counts[Math.min(counts.length - 1, Math.floor(counts.length / 50))] ?? 2);
  for (const s of seen.values()) {
    if (s.rows >= heavy) s.marks.add('heavy');
    if (s.first !== undefined && s.first >= from && s.first < to) s.marks.add('new');
    if (owner.size > 0 && (s.last === undefined || s.last < from || (s.first as bigint) >= to)) s.marks.add('without events');
  }
  return new Map([...seen].map(([key, { marks }]) => [key, marks]));
}

const place = (source: Source, column: string): number => source.columns.findIndex((c) => c.name === column);

/** No key, no time, or dated too far ahead of its arrival: it is quarantined. */
export function breaksContract(source: Source, row: readonly Value[]): boolean {
  const at = rowTime(source)(row);
  if (at === undefined || source.key.some((column) => (row[place(source, column)] ?? null) === null)) return true;
  const arrived = source.kind === 'stream' && source.ingestTime !== null ? row[place(source, source.ingestTime)] : null;
  return source.kind === 'stream' && typeof arrived === 'bigint' && at - arrived > source.maxSkew;
}

function marksOf(source: Source, rows: readonly (readonly Value[])[]): readonly (readonly Stratum[])[] {
  const keys = source.key.map((column) => place(source, column));
  const ingest = source.kind === 'stream' && source.ingestTime !== null ? place(source, source.ingestTime) : -1;
  const tombstone = source.kind === 'table' && source.deleted !== null ? place(source, source.deleted) : -1;
  const time = rowTime(source);
  const times = new Map<string, Map<bigint | undefined, number>>();
  const keyOf = (row: readonly Value[]): string => keyText(keys.map((k) => row[k] ?? null));
  for (const row of rows) {
    const ofKey = times.get(keyOf(row)) ?? new Map<bigint | undefined, number>();
    times.set(keyOf(row), ofKey.set(time(row), (ofKey.get(time(row)) ?? 0) + 1));
  }
  return rows.map((row) => {
    const at = time(row);
    const arrived = row[ingest];
    const ofKey = times.get(keyOf(row));
    const late = source.kind === 'stream' && at !== undefined && typeof arrived === 'bigint' && arrived - at > source.lateness;
    const marks: Stratum[] = [];
    if (late) marks.push('late');
    if ((ofKey?.get(at) ?? 0) > 1) marks.push('duplicate');
    if (row[tombstone] === true) marks.push('deleted');
    if (breaksContract(source, row) || (source.kind === 'stream' && (ofKey?.size ?? 0) > 1)) marks.push('contract-breaking');
    return marks;
  });
}
