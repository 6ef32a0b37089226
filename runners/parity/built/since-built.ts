/**
 * What came since a table was computed last. While its next run is not due, points that such events change are in flight:
 * they are left out, and counted. Once a step of the grid has passed without a run the table is stale, and nothing is left out.
 */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { lookbackOf } from '../../../compiler/artifacts/dbt/grid-model.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import { type Grid, gridOf } from '../../batch/materialize/grid.ts';
import type { Built } from '../../data/batch-table.ts';
import type { SourceRows } from '../../data/events.ts';
import { ingestPlace, rowTime } from '../../data/row-time.ts';
import type { SpineRow } from '../../data/spine.ts';
import { keyText } from '../../reference/order.ts';
import { entityOfRows } from '../sampling/touched.ts';
import { computed, seenOf } from './runs.ts';

type Events = ReadonlyMap<string, SourceRows>;

export interface SinceBuilt {
  /** Behind the last instant that the table should hold by now; null: it holds what is due. */
  readonly dueTo: bigint | null;
  readonly isInFlight: (row: SpineRow) => boolean;
}

interface Changed {
  readonly from: bigint;
  /** null: for ever. */
  readonly to: bigint | null;
}

/** `events`: what the warehouse has `now`, in microseconds; what is said to come later says nothing. */
export function sinceBuilt(compiled: CompiledFeature, catalog: Catalog, built: Built, events: Events, now: bigint): SinceBuilt {
  const grid = gridOf(compiled, catalog);
  const newest = grid.streams.map(({ source }) => ({ until: newestOf(grid, source, events, now), seen: seenOf(built, source) }));
  const late = newest.filter(({ until, seen }) => until !== undefined && seen !== undefined && until - seen > grid.every);
  if (late.length > 0) return { dueTo: dueTo(grid, built, newest), isInFlight: () => false };
  return { dueTo: null, isInFlight: inFlight(compiled, grid, built, events, now) };
}

interface Newest {
  readonly until: bigint | undefined;
  readonly seen: bigint | undefined;
}

/** A table that was not filled to the present when it was computed last ends where somebody wanted it to. */
function dueTo({ every }: Grid, built: Built, newest: readonly Newest[]): bigint | null {
  const end = computed(built)?.[1];
  const seen = latest(newest.map((n) => n.seen));
  const until = latest(newest.map((n) => n.until));
  if (end === undefined || seen === undefined || until === undefined || end + every < seen) return null;
  return until > end ? until : null;
}

const latest = (times: readonly (bigint | undefined)[]): bigint | undefined =>
  times.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);

function newestOf({ sources }: Grid, name: string, events: Events, now: bigint): bigint | undefined {
  const source = sources.find((s) => s.name === name);
  const place = source === undefined ? -1 : ingestPlace(source);
  const came = (row: readonly Value[]): bigint | undefined => {
    const at = row[place];
    return typeof at === 'bigint' && at <= now ? at : undefined;
  };
  return latest((events.get(name)?.rows ?? []).map(came));
}

function inFlight(
  compiled: CompiledFeature,
  { catalog, sources, streams, plan }: Grid,
  built: Built,
  events: Events,
  now: bigint,
): SinceBuilt['isInFlight'] {
  const { feature } = compiled;
  const owners = entityOfRows(feature, catalog, 'every');
  const everywhere: Changed[] = [];
  const byEntity = new Map<string, Changed[]>();
  const add = (entity: readonly Value[] | undefined, changed: Changed): void => {
    if (entity !== undefined) byEntity.set(keyText(entity), [...(byEntity.get(keyText(entity)) ?? []), changed]);
  };
  for (const { source: name } of streams) {
    const source = sources.find((s) => s.name === name);
    const seen = seenOf(built, name);
    if (source === undefined || seen === undefined) continue;
    const place = ingestPlace(source);
    const timeOf = rowTime(source);
    const isRead = feature.sources.includes(name);
    const lookback = lookbackOf(name, plan);
    const owner = owners.get(name);
    for (const row of events.get(name)?.rows ?? []) {
      const [came, dated] = [row[place], timeOf(row)];
      if (typeof came !== 'bigint' || came <= seen || came > now || dated === undefined) continue;
      const changed = { from: dated, to: lookback === null ? null : dated + BigInt(lookback) };
      if (isRead && owner === undefined) everywhere.push(changed);
      else if (isRead) add(owner?.(row), changed);
      // Whom it names is in the universe from then on.
      if (name === feature.universe) add(namedBy(feature, source, row), { from: dated, to: null });
    }
  }
  const holds =
    (asOf: bigint) =>
    ({ from, to }: Changed): boolean =>
      from <= asOf && (to === null || asOf <= to);
  return ({ entity, asOf }) => everywhere.some(holds(asOf)) || (byEntity.get(keyText(entity)) ?? []).some(holds(asOf));
}

const namedBy = ({ entity }: CheckedFeature, { columns }: Source, row: readonly Value[]): readonly Value[] =>
  entity.map((e) => row[columns.findIndex((c) => c.name === e.name)] ?? null);
