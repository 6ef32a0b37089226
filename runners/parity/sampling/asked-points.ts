/** At which points of a sample's entities forms are compared: instants that are drawn, or those of a table. */
import { counted } from '../../../compiler/counted.ts';
import type { Value } from '../../../compiler/value.ts';
import type { BatchTable } from '../../data/batch-table.ts';
import type { SpineRow } from '../../data/spine.ts';
import { groupBy, keyText } from '../../reference/order.ts';
import type { Request } from '../sample.ts';
import { eventTimes } from './event-times.ts';
import { ownInstants } from './own-instants.ts';
import { chance, instantsOf } from './population.ts';

/** When entities are compared. */
export interface AskedPoints {
  /** Those at which every entity is asked. */
  readonly instants: readonly bigint[];
  readonly interval: readonly [from: bigint, to: bigint];
  /** That are known beside those of the events. */
  readonly entities: readonly (readonly Value[])[];
  readonly of: (entity: readonly Value[]) => readonly bigint[];
  /** Of an entity, about. */
  readonly each: number;
  /** Goes on "so many entities …". */
  readonly text: string;
}

/** Instants of the interval, and after events of an entity's own. */
export function pointsOfEvents({ compiled, catalog, events, interval: asked, seed, limits }: Request): AskedPoints | undefined {
  const { feature } = compiled;
  const times = eventTimes(compiled, catalog, events);
  const interval = asked ?? spanOf(times);
  if (interval === undefined) return undefined;
  const instants = instantsOf(interval, times, limits.instants, `${seed} ${feature.name}`);
  const own = ownInstants(feature, catalog, events, interval, limits.own, seed);
  return {
    interval,
    instants,
    each: instants.length + limits.own,
    entities: [],
    of: (entity) => [...new Set([...instants, ...own(entity)])],
    text: `at ${counted(instants.length, 'instant')} and after events of their own`,
  };
}

function spanOf(times: readonly bigint[]): readonly [bigint, bigint] | undefined {
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined ? undefined : [first, last + 1n];
}

/** The table's rows, and each entity at some of its instants, whether or not there is a row of it. undefined: the table has no row there. */
export function pointsOfTable(
  table: BatchTable,
  { interval, seed, limits }: Pick<Request, 'interval' | 'seed' | 'limits'>,
): AskedPoints | undefined {
  const points = interval === undefined ? table.points : table.points.filter(({ asOf }) => asOf >= interval[0] && asOf < interval[1]);
  const all = [...new Set(points.map((p) => p.asOf))].sort((a, b) => (a < b ? -1 : 1));
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const byEntity = groupBy(points, (p) => keyText(p.entity));
  // Rather all entities at fewer instants than fewer entities at all.
  const room = Math.floor((limits.points - points.length) / byEntity.size);
  const instants = drawn(all, Math.max(limits.instants, Math.min(limits.judged, room)), seed);
  const everywhere = new Set(instants);
  return {
    instants,
    interval: interval ?? [first, last + 1n],
    entities: [...byEntity.values()].map(([p]) => (p as SpineRow).entity),
    of: (entity) => [...new Set([...instants, ...(byEntity.get(keyText(entity)) ?? []).map((p) => p.asOf)])],
    each: instants.length + Math.ceil(points.filter((p) => !everywhere.has(p.asOf)).length / byEntity.size),
    text: `at the ${counted(all.length, 'instant')} of the table${instants.length === all.length ? '' : ` (at ${instants.length} of them also without a row)`}`,
  };
}

/** As many as there is room for, in order. */
function drawn(instants: readonly bigint[], most: number, seed: string): readonly bigint[] {
  if (instants.length <= most) return instants;
  const ranked = instants.map((at) => ({ at, rank: chance(seed, 'instant of the table', String(at)) }));
  const chosen = new Set(
    ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, most)
      .map(({ at }) => at),
  );
  return instants.filter((at) => chosen.has(at));
}
