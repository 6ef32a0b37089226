/**
 * Points at which forms disagree if a bound is drawn on the wrong side: an event's time plus each distance of the query, the end
 * of each piece into which the query cuts time, one tick before and after, and where the calendar turns. A random sample hardly ever meets one, and none of these is in a rate.
 */
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { DatePart } from '../../../compiler/functions/date-part.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { ingestPlace, rowTime } from '../../data/row-time.ts';
import type { SpineRow } from '../../data/spine.ts';
import { groupBy, keyText } from '../../reference/order.ts';
import { after, edgesOf, nextTurn } from './edges.ts';
import { distinctEntities } from './population.ts';
import { entityOfRows } from './touched.ts';

export interface ProbeLimits {
  /** Distinct instants; the reference evaluates the whole query at each. */
  readonly instants: number;
  /** Whether forms answer with what had arrived: what comes after its instant shows nothing there. */
  readonly arrival?: boolean;
}

interface Moment {
  readonly at: bigint;
  readonly arrived: bigint | undefined;
  readonly entity: readonly Value[] | undefined;
  /** Of the same entity. */
  readonly next: bigint | undefined;
}

/**
 * `others`: entities for events that do not name theirs, and for turns of the calendar. `order`: a number from 0 to 1 for
 * the nth event, which decides who is looked at. `interval`: instants outside are not asked for.
 */
export function probesOf(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  interval: readonly [from: bigint, to: bigint],
  others: readonly (readonly Value[])[],
  order: (nth: number) => number,
  limits: ProbeLimits,
): readonly SpineRow[] {
  const { distances, buckets, units, zones } = edgesOf(feature);
  const moments = momentsOf(feature, catalog, events)
    .map((moment, n) => ({ moment, rank: order(n) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ moment }) => moment);
  const within = (at: bigint): boolean => at >= interval[0] && at <= interval[1];
  const chosen = new Map<bigint, readonly (readonly Value[])[]>();
  const ask = (at: bigint, entities: readonly (readonly Value[])[]): void => {
    for (const instant of [at - 1n, at, at + 1n]) {
      if (!within(instant) || (!chosen.has(instant) && chosen.size >= limits.instants)) continue;
      chosen.set(instant, [...(chosen.get(instant) ?? []), ...entities]);
    }
  };
  const few = others.slice(0, 8);
  for (const at of turns(units, zones, interval).slice(0, Math.floor(limits.instants / 12))) ask(at, few);
  // Every distance and every bucket has its turn before any has a second.
  const shows = ({ arrived }: Moment, instant: bigint): boolean =>
    within(instant) && (limits.arrival !== true || arrived === undefined || arrived <= instant);
  const later = [
    ...distances.map((distance) => (time: bigint) => after(time, distance)),
    ...buckets.map((bucket) => (time: bigint) => nextTurn(time, bucket)),
  ];
  let queues = later.map((instantOf) => eachInstant(moments, instantOf, shows));
  while (queues.length > 0 && chosen.size < limits.instants)
    queues = queues.filter((queue) => {
      const next = queue.next();
      if (next.done === true) return false;
      const { instant, entity } = next.value;
      ask(instant, entity === undefined ? few : [entity]);
      return true;
    });
  return [...chosen].flatMap(([asOf, entities]) => distinctEntities(entities).map((entity) => ({ entity, asOf })));
}

/** In turns one after which its entity is silent until then, so that it decides an answer alone, and any other. */
function* eachInstant(
  moments: readonly Moment[],
  instantOf: (time: bigint) => bigint | undefined,
  shows: (moment: Moment, instant: bigint) => boolean,
): Generator<{ readonly instant: bigint; readonly entity: readonly Value[] | undefined }> {
  const shown = moments.flatMap((moment) => {
    const instant = instantOf(moment.at);
    return instant !== undefined && shows(moment, instant) ? [{ moment, instant }] : [];
  });
  const quiet = shown.filter(({ moment, instant }) => moment.next === undefined || moment.next > instant);
  for (const [i, any] of shown.entries())
    for (const chosen of [quiet[i], any]) if (chosen !== undefined) yield { instant: chosen.instant, entity: chosen.moment.entity };
}

function momentsOf(feature: CheckedFeature, catalog: Catalog, events: ReadonlyMap<string, SourceRows>): readonly Moment[] {
  const moments = datedRows(feature, catalog, events);
  const next = new Map<Omit<Moment, 'next'>, bigint>();
  for (const own of groupBy(moments, ({ entity }) => (entity === undefined ? '' : keyText(entity))).values()) {
    const ordered = [...own].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
    let later: bigint | undefined;
    let last: bigint | undefined;
    for (const moment of ordered) {
      if (last !== undefined && last > moment.at) later = last;
      if (later !== undefined) next.set(moment, later);
      last = moment.at;
    }
  }
  return moments.map((moment) => ({ ...moment, next: next.get(moment) }));
}

function datedRows(feature: CheckedFeature, catalog: Catalog, events: ReadonlyMap<string, SourceRows>): readonly Omit<Moment, 'next'>[] {
  const owner = entityOfRows(feature, catalog);
  return catalog.sources
    .filter((s) => feature.sources.includes(s.name))
    .flatMap((s) => {
      const time = rowTime(s);
      const ingest = ingestPlace(s);
      return (events.get(s.name)?.rows ?? []).flatMap((row): readonly Omit<Moment, 'next'>[] => {
        const at = time(row);
        const arrived = row[ingest];
        return at === undefined
          ? []
          : [{ at, arrived: typeof arrived === 'bigint' ? arrived : undefined, entity: owner.get(s.name)?.(row) }];
      });
    });
}

/** Instants at which a unit of the calendar begins, in UTC or by a zone's clock, and at which a zone changes its clock. */
function turns(units: readonly DatePart[], zones: readonly string[], [from, to]: readonly [bigint, bigint]): readonly bigint[] {
  const day = 86_400_000_000n;
  const middle = from + (to - from) / 2n;
  const midnight = middle - (((middle % day) + day) % day);
  const date = new Date(Number(midnight / 1000n));
  const start = (year: number, month: number): bigint => BigInt(Date.UTC(year, month, 1)) * 1000n;
  const calendar: Partial<Record<DatePart, readonly bigint[]>> = {
    day: [midnight, midnight + day],
    // 1970-01-01 was a Thursday.
    week: [midnight - ((((midnight / day + 3n) % 7n) + 7n) % 7n) * day],
    month: [start(date.getUTCFullYear(), date.getUTCMonth()), start(date.getUTCFullYear(), date.getUTCMonth() + 1)],
    quarter: [start(date.getUTCFullYear(), Math.floor(date.getUTCMonth() / 3) * 3)],
    year: [start(date.getUTCFullYear(), 0), start(date.getUTCFullYear() + 1, 0)],
    hour: [middle - (middle % 3_600_000_000n)],
    minute: [middle - (middle % 60_000_000n)],
  };
  return [...units.flatMap((unit) => calendar[unit] ?? []), ...zones.flatMap((zone) => clockChanges(zone, from, to))].filter(
    (at) => at >= from && at <= to,
  );
}

/** To the minute, within the interval. */
function clockChanges(zone: string, from: bigint, to: bigint): readonly bigint[] {
  const offset = offsetIn(zone);
  if (offset === undefined) return [];
  const step = 86_400_000_000n;
  const found: bigint[] = [];
  for (let at = from; at < to && found.length < 4; at += step) {
    let [low, high] = [at, at + step < to ? at + step : to];
    if (offset(low) === offset(high)) continue;
    while (high - low > 60_000_000n) {
      const middle = (low + high) / 2n;
      if (offset(middle) === offset(low)) low = middle;
      else high = middle;
    }
    found.push(high - (high % 60_000_000n));
  }
  return found;
}

function offsetIn(zone: string): ((at: bigint) => string) | undefined {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
    return (at) => format.formatToParts(Number(at / 1000n)).find((p) => p.type === 'timeZoneName')?.value ?? '';
  } catch {
    return undefined;
  }
}
