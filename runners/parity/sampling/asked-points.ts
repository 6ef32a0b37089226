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
  /** How many of an entity are in flight: they are not asked. */
  readonly leftOut: (entity: readonly Value[]) => number;
  /** Goes on "so many entities …". */
  readonly text: string;
}

/** Of a table that our models fill. */
export interface Expected {
  /** That it should hold. */
  readonly instants: readonly bigint[];
  readonly isInFlight: (row: SpineRow) => boolean;
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
    leftOut: () => 0,
    entities: [],
    // What was asked for goes no further; otherwise what events stop counting for lies behind the last of them.
    of: (entity) => [...new Set([...instants, ...own(entity).filter((at) => asked === undefined || (at >= asked[0] && at < asked[1]))])],
    text: `at ${counted(instants.length, 'instant')} and after events of their own`,
  };
}

function spanOf(times: readonly bigint[]): readonly [bigint, bigint] | undefined {
  const [first, last] = [times[0], times.at(-1)];
  return first === undefined || last === undefined ? undefined : [first, last + 1n];
}

/**
 * The table's rows, and each entity at some of its instants, whether or not there is a row of it: first those at which there is none at all.
 * undefined: the table has no row there, and no instant that it should have.
 */
export function pointsOfTable(
  table: BatchTable,
  { interval, seed, limits }: Pick<Request, 'interval' | 'seed' | 'limits'>,
  expected?: Expected,
): AskedPoints | undefined {
  const isAsked = (asOf: bigint): boolean => interval === undefined || (asOf >= interval[0] && asOf < interval[1]);
  const points = table.points.filter(({ asOf }) => isAsked(asOf));
  const held = new Set(points.map((p) => p.asOf));
  // Of a grid every entity is asked at its instants; a row elsewhere speaks for itself.
  const shared = expected === undefined ? [...held] : expected.instants.filter(isAsked);
  const all = [...new Set(shared)].sort((a, b) => (a < b ? -1 : 1));
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const byEntity = groupBy(points, (p) => keyText(p.entity));
  const entities = Math.max(1, byEntity.size);
  const { isInFlight } = expected ?? { isInFlight: () => false };
  // Rather all entities at fewer instants than fewer entities at all.
  const room = Math.floor((limits.points - points.length) / entities);
  const instants = drawn(all, held, Math.max(limits.instants, Math.min(limits.judged, room)), seed);
  const everywhere = new Set(instants);
  const of = (entity: readonly Value[]): readonly bigint[] => [
    ...new Set([...instants, ...(byEntity.get(keyText(entity)) ?? []).map((p) => p.asOf)]),
  ];
  return {
    instants,
    interval: interval ?? [first, last + 1n],
    entities: [...byEntity.values()].map(([p]) => (p as SpineRow).entity),
    of: (entity) => of(entity).filter((asOf) => !isInFlight({ entity, asOf })),
    each: instants.length + Math.ceil(points.filter((p) => !everywhere.has(p.asOf)).length / entities),
    leftOut: (entity) => of(entity).filter((asOf) => isInFlight({ entity, asOf })).length,
    text: `at the ${counted(all.length, 'instant')} of the table${instants.length === all.length ? '' : ` (at ${instants.length} of them also without a row)`}`,
  };
}

/** As many as there is room for, in order. `held`: those with a row. */
function drawn(instants: readonly bigint[], held: ReadonlySet<bigint>, most: number, seed: string): readonly bigint[] {
  if (instants.length <= most) return instants;
  const ranked = instants.map((at) => ({ at, rank: (held.has(at) ? 1 : 0) + chance(seed, 'instant of the table', String(at)) }));
  const chosen = new Set(
    ranked
      .sort((a, b) => a.rank - b.rank)
      .slice(0, most)
      .map(({ at }) => at),
  );
  return instants.filter((at) => chosen.has(at));
}
