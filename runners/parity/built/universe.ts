/** Who is in a feature's universe, worked out from the warehouse's rows as the reference reads them: no SQL of ours has a part in it. */
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { ingestPlace } from '../../data/row-time.ts';
import type { SpineRow } from '../../data/spine.ts';
import { keyText } from '../../reference/order.ts';
import { visibleSource } from '../../reference/sources.ts';

export interface Universe {
  readonly source: string;
  /** Of its rows somebody notes when they came. */
  readonly isDated: boolean;
  /** That it ever has. */
  readonly entities: readonly (readonly Value[])[];
  readonly has: (row: SpineRow) => boolean;
  /** As it was for somebody who had these rows alone. */
  readonly hadBy: (keep: (source: Source, row: readonly Value[]) => boolean) => (row: SpineRow) => boolean;
}

/** undefined: it names none. */
export function universeIn(feature: CheckedFeature, catalog: Catalog, events: ReadonlyMap<string, SourceRows>): Universe | undefined {
  const source = catalog.sources.find((s) => s.name === feature.universe);
  const rows = source === undefined ? undefined : events.get(source.name);
  if (source === undefined || rows === undefined) return undefined;
  const members = membersOf(feature, catalog, source, rows);
  return {
    source: source.name,
    isDated: ingestPlace(source) >= 0,
    entities: [...members.values()].map((m) => m.entity),
    has: within(feature, members),
    hadBy: (keep) => within(feature, membersOf(feature, catalog, source, { ...rows, rows: rows.rows.filter((row) => keep(source, row)) })),
  };
}

interface Member {
  readonly entity: readonly Value[];
  /** Microseconds; null: it has not ended. */
  readonly spells: (readonly [from: bigint, to: bigint | null])[];
}

type Members = ReadonlyMap<string, Member>;

const within =
  ({ includeAsOf }: CheckedFeature, members: Members): Universe['has'] =>
  ({ entity, asOf }) =>
    (members.get(keyText(entity))?.spells ?? []).some(([from, to]) =>
      includeAsOf ? from <= asOf && (to === null || asOf < to) : from < asOf && (to === null || asOf <= to),
    );

/** All that is visible at the end of time, and since when. */
function membersOf(feature: CheckedFeature, catalog: Catalog, source: Source, rows: SourceRows): Members {
  const end = 2n ** 62n;
  const sight = { asOf: end, includeAsOf: true, knowledge: 'event', arrivedBy: end } as const;
  const { columns, current, history } = visibleSource(catalog, source.name, rows, 'one');
  const places = feature.entity.map((e) => columns.indexOf(e.name));
  const members = new Map<string, Member>();
  const add = (row: readonly Value[], from: bigint, to: bigint | null): void => {
    const entity = places.map((place) => row[place] ?? null);
    if (entity.includes(null)) return;
    const key = keyText(entity);
    const known = members.get(key);
    if (known === undefined) members.set(key, { entity, spells: [[from, to]] });
    // Events come in the order of their times, and from the first on the entity is there.
    else if (source.kind === 'table') known.spells.push([from, to]);
  };
  if (source.kind === 'stream') {
    const time = columns.indexOf(source.eventTime);
    for (const row of current(sight)) add(row, row[time] as bigint, null);
    return members;
  }
  for (const row of history?.(sight) ?? []) add(row, row[columns.length] as bigint, (row[columns.length + 1] ?? null) as bigint | null);
  return members;
}
