/** What somebody may have known and done: whose rows they had, when they had them, and how they computed. */
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import type { SpineRow } from '../../data/spine.ts';
import { evaluateFeature } from '../../reference/index.ts';
import { type Meanings, ownMeanings } from '../../reference/meanings.ts';
import { groupBy, keyText } from '../../reference/order.ts';
import type { Pair, PairClass } from './pairs.ts';

type Row = readonly Value[];

export interface World {
  /** Worlds of one name are the same. */
  readonly name: string;
  readonly feature: CheckedFeature;
  /** For pairs of these classes the stream's row is read, for the others the warehouse's. */
  readonly taken: ReadonlySet<PairClass>;
  /** arrived: only what had, by the instant that is asked for. */
  readonly knowledge: 'event' | 'arrived';
  readonly copies: 'one' | 'all';
  readonly meanings: Meanings;
  /** arrival: what came last counts as the last, whatever its time says. */
  readonly order: 'event time' | 'arrival';
  readonly keep: (source: Source, row: Row) => boolean;
  /** Microseconds to microseconds. */
  readonly rowTimes: (source: Source, time: bigint) => bigint;
  readonly instant: (asOf: bigint) => bigint;
  readonly answer: (values: readonly Value[]) => readonly Value[];
}

/** The feature as it is meant, on the rows of the warehouse. */
export function batchWorld(feature: CheckedFeature): World {
  return {
    name: '',
    feature,
    taken: new Set(),
    knowledge: 'event',
    copies: 'one',
    meanings: ownMeanings,
    order: 'event time',
    keep: () => true,
    rowTimes: (_, time) => time,
    instant: (asOf) => asOf,
    answer: (values) => values,
  };
}

/** By source. `order`: of the rows of the stream, when each arrived. */
export interface Evidence {
  readonly catalog: Catalog;
  readonly pairs: ReadonlyMap<string, readonly Pair[]>;
  readonly arrivals: ReadonlyMap<string, ReadonlyMap<Row, number>>;
  /** Which entity a row belongs to, where rows of the source tell. */
  readonly owner: ReadonlyMap<string, (row: Row) => readonly Value[] | undefined>;
}

/** What the reference says in a world. */
export function evaluateWorld(world: World, evidence: Evidence, spine: readonly SpineRow[]): readonly (readonly Value[])[] {
  if (spine.length === 0) return [];
  const events = new Map(
    world.feature.sources.map((name): [string, SourceRows] => {
      const source = evidence.catalog.sources.find((s) => s.name === name) as Source;
      return [name, { columns: source.columns.map((c) => c.name), rows: rowsIn(world, source, evidence) }];
    }),
  );
  const asked = spine.map((row) => ({ ...row, asOf: world.instant(row.asOf) }));
  const { knowledge, copies, meanings } = world;
  return evaluateFeature(world.feature, evidence.catalog, events, asked, { knowledge, copies, meanings }).map(world.answer);
}

function rowsIn(world: World, source: Source, { pairs, arrivals, owner }: Evidence): readonly Row[] {
  const time = source.columns.findIndex((c) => c.name === (source.kind === 'stream' ? source.eventTime : source.updatedAt));
  const rows = (pairs.get(source.name) ?? []).flatMap((pair): readonly Row[] => {
    const row = pair.class !== null && world.taken.has(pair.class) ? pair.stream : pair.batch;
    return row !== null && world.keep(source, row) ? [row] : [];
  });
  const timed = rows.map((row) => {
    const at = row[time];
    if (typeof at !== 'bigint') return row;
    const moved = world.rowTimes(source, at);
    return moved === at ? row : row.map((value, i) => (i === time ? moved : value));
  });
  return world.order === 'event time' ? timed : inArrivalOrder(source, timed, time, arrivals.get(source.name), owner.get(source.name));
}

/** The times of an entity's events, or of a key's versions, are dealt to its rows anew: the earliest to the one that came first. */
function inArrivalOrder(
  source: Source,
  rows: readonly Row[],
  time: number,
  arrivals: ReadonlyMap<Row, number> | undefined,
  owner: ((row: Row) => readonly Value[] | undefined) | undefined,
): readonly Row[] {
  if (arrivals === undefined || (source.kind === 'stream' && owner === undefined)) return rows;
  const key = source.key.map((column) => source.columns.findIndex((c) => c.name === column));
  const version = source.kind === 'table' ? source.columns.findIndex((c) => c.name === source.versionBy) : -1;
  const places = version < 0 ? [time] : [time, version];
  const groupOf = (row: Row): string => keyText(source.kind === 'table' ? key.map((i) => row[i] ?? null) : (owner?.(row) ?? []));
  return [...groupBy(rows, groupOf).values()].flatMap((group) => {
    const stamps = group.map((row) => places.map((i) => row[i] ?? null)).sort((a, b) => compareStamps(a, b));
    const arrived = [...group].sort((a, b) => (arrivals.get(a) ?? 0) - (arrivals.get(b) ?? 0));
    return arrived.map((row, i) => row.map((value, column) => stamps[i]?.[places.indexOf(column)] ?? value));
  });
}

function compareStamps(a: readonly Value[], b: readonly Value[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? null;
    if (x === y || typeof x !== 'bigint' || typeof y !== 'bigint') continue;
    return x < y ? -1 : 1;
  }
  return 0;
}
