/** What somebody may have known and done: whose rows they had, when they had them, and how they computed. */
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { timePlace } from '../../data/row-time.ts';
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
  /** arrived: what came so much later counts, too. Microseconds. */
  readonly patience: bigint;
  readonly copies: 'one' | 'all';
  readonly meanings: Meanings;
  /** arrival: what came last counts as the last, whatever its time says. */
  readonly order: 'event time' | 'arrival';
  readonly keep: (source: Source, row: Row) => boolean;
  /** Microseconds to microseconds. */
  readonly rowTimes: (source: Source, time: bigint) => bigint;
  readonly instant: (asOf: bigint) => bigint;
  readonly answer: (values: readonly Value[]) => readonly Value[];
  /** Only these outputs, by their place, are this world's; the others are those of another. */
  readonly only: { readonly outputs: ReadonlySet<number>; readonly otherwise: World } | null;
}

const all: World['keep'] = () => true;
const own: World['rowTimes'] = (_, time) => time;

/** The feature as it is meant, on the rows of the warehouse. */
export function batchWorld(feature: CheckedFeature): World {
  return {
    name: '',
    feature,
    taken: new Set(),
    knowledge: 'event',
    patience: 0n,
    copies: 'one',
    meanings: ownMeanings,
    order: 'event time',
    keep: all,
    rowTimes: own,
    instant: (asOf) => asOf,
    answer: (values) => values,
    only: null,
  };
}

/** By source. */
export interface Evidence {
  readonly catalog: Catalog;
  readonly pairs: ReadonlyMap<string, readonly Pair[]>;
  /** Which entity a row belongs to, where rows of the source tell. */
  readonly owner: ReadonlyMap<string, (row: Row) => readonly Value[] | undefined>;
}

/** What the reference says in a world. */
export function evaluateWorld(world: World, evidence: Evidence, spine: readonly SpineRow[]): readonly (readonly Value[])[] {
  if (spine.length === 0) return [];
  if (world.only !== null) {
    const { outputs, otherwise } = world.only;
    const others = evaluateWorld(otherwise, evidence, spine);
    return evaluateWorld({ ...world, only: null }, evidence, spine).map((row, r) =>
      row.map((value, i) => (outputs.has(i) ? value : (others[r]?.[i] ?? null))),
    );
  }
  const events = eventsIn(world, evidence);
  const asked = spine.map((row) => ({ ...row, asOf: world.instant(row.asOf) }));
  const { knowledge, patience, copies, meanings } = world;
  return evaluateFeature(world.feature, evidence.catalog, events, asked, { knowledge, patience, copies, meanings }).map(world.answer);
}

/** What somebody had, by source. */
export function eventsIn(world: World, evidence: Evidence): ReadonlyMap<string, SourceRows> {
  return new Map(
    world.feature.sources.map((name): [string, SourceRows] => {
      const source = evidence.catalog.sources.find((s) => s.name === name) as Source;
      return [name, sourceIn(world, source, evidence)];
    }),
  );
}

/** Most worlds differ in what is made of the rows, not in the rows. */
const known = new WeakMap<Evidence, Map<string, SourceRows>>();

function sourceIn(world: World, source: Source, evidence: Evidence): SourceRows {
  const rows = (): SourceRows => asSourceRows(source, rowsIn(world, source, evidence));
  if (world.keep !== all || world.rowTimes !== own || world.order !== 'event time') return rows();
  const ofEvidence = known.get(evidence) ?? new Map<string, SourceRows>();
  known.set(evidence, ofEvidence);
  const key = JSON.stringify([source.name, ...[...world.taken].sort()]);
  const found = ofEvidence.get(key) ?? rows();
  ofEvidence.set(key, found);
  return found;
}

interface Arrived {
  readonly row: Row;
  readonly arrival: number;
  /** Where its ingest time does not say it; microseconds. */
  readonly at: bigint | null;
}

/** `at`: null where the row's ingest time says it, if anything does. Microseconds. */
export function asSourceRows(source: Source, rows: readonly Pick<Arrived, 'row' | 'at'>[]): SourceRows {
  const arrivals = new Map(rows.flatMap(({ row, at }) => (at === null ? [] : [[row, at] as const])));
  const plain = { columns: source.columns.map((c) => c.name), rows: rows.map(({ row }) => row) };
  return arrivals.size === 0 ? plain : { ...plain, arrivals };
}

function rowsIn(world: World, source: Source, { pairs, owner }: Evidence): readonly Arrived[] {
  const time = timePlace(source);
  const rows = (pairs.get(source.name) ?? []).flatMap((pair): readonly Arrived[] => {
    const isTaken = pair.class !== null && world.taken.has(pair.class);
    const row = isTaken ? pair.stream : pair.batch;
    return row !== null && world.keep(source, row) ? [{ row, arrival: pair.arrival ?? 0, at: isTaken ? pair.arrivedAt : null }] : [];
  });
  const timed = rows.map((arrived): Arrived => {
    const at = arrived.row[time];
    if (typeof at !== 'bigint') return arrived;
    const moved = world.rowTimes(source, at);
    return moved === at ? arrived : { ...arrived, row: arrived.row.map((value, i) => (i === time ? moved : value)) };
  });
  return world.order === 'event time' ? timed : inArrivalOrder(source, timed, time, owner.get(source.name));
}

/** The times of an entity's events, or of a key's versions, are dealt to its rows anew: the earliest to the one that came first. */
function inArrivalOrder(
  source: Source,
  rows: readonly Arrived[],
  time: number,
  owner: ((row: Row) => readonly Value[] | undefined) | undefined,
): readonly Arrived[] {
  if (source.kind === 'stream' && owner === undefined) return rows;
  const key = source.key.map((column) => source.columns.findIndex((c) => c.name === column));
  const version = source.kind === 'table' ? source.columns.findIndex((c) => c.name === source.versionBy) : -1;
  const places = version < 0 ? [time] : [time, version];
  const groupOf = (row: Row): string => keyText(source.kind === 'table' ? key.map((i) => row[i] ?? null) : (owner?.(row) ?? []));
  return [...groupBy(rows, ({ row }) => groupOf(row)).values()].flatMap((group) => {
    const stamps = group.map(({ row }) => places.map((i) => row[i] ?? null)).sort((a, b) => compareStamps(a, b));
    const arrived = [...group].sort((a, b) => a.arrival - b.arrival);
    return arrived.map((one, i) => ({ ...one, row: one.row.map((value, column) => stamps[i]?.[places.indexOf(column)] ?? value) }));
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
