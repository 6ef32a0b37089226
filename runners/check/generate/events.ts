/** Events for a feature, from what is declared and what the query gives away: copies, ties, NULLs, late ones, versions and deletions. */
import type { Catalog, Source, SourceColumn } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { type Clues, cluesOf } from './clues.ts';
import { type Dice, diceOf } from './dice.ts';
import { documentOf } from './documents.ts';
import { familiesOf } from './families.ts';
import { type Place, placeText } from './places.ts';
import { type Times, timesOf } from './times.ts';
import { fromLiterals, instantsIn, valuesOf } from './values.ts';

export interface Generated {
  readonly events: ReadonlyMap<string, SourceRows>;
  /** Instants around which they lie. */
  readonly anchors: readonly bigint[];
}

const streamRows = 32;
const tableRows = 14;
/** Of rows, one from each scan: a join of large groups costs their product, at each instant. */
const mostCombinations = 60_000;

/** The same for the same seed. `turn`: another try. */
export function generateEvents(feature: CheckedFeature, catalog: Catalog, seed: string, turn: number): Generated {
  const clues = cluesOf(feature);
  const timeLiterals = instantsIn([...clues.literals.values()].flat());
  const times = timesOf(clues, [...new Set(timeLiterals)].slice(0, 3), diceOf(seed, feature.name, turn, 'times'));
  const near = times.anchors[0] as bigint;
  const familyOf = familiesOf(feature, catalog, clues, near);
  const crowd = Math.max(
    0,
    Math.min(2 * Math.max(0, ...clues.counts), 240, Math.floor(mostCombinations ** (1 / clues.scans)) - streamRows),
  );
  const events = new Map<string, SourceRows>();
  for (const source of catalog.sources.filter((s) => feature.sources.includes(s.name))) {
    const dice = diceOf(seed, feature.name, turn, source.name);
    const rows = rowsOf({
      source,
      clues,
      times,
      dice,
      near,
      familyOf,
      count: (source.kind === 'stream' ? streamRows : tableRows) + 8 * turn,
      crowd,
    });
    events.set(source.name, { columns: source.columns.map((c) => c.name), rows });
  }
  return { events, anchors: times.anchors };
}

interface Making {
  readonly source: Source;
  readonly clues: Clues;
  readonly times: Times;
  readonly dice: Dice;
  readonly near: bigint;
  readonly familyOf: ReturnType<typeof familiesOf>;
  readonly count: number;
  /** Rows more, all plain. */
  readonly crowd: number;
}

/** A plain row has what the query looks for, all at once, and soon before the first anchor: without NULLs, of the entity that is named most. */
type Manner = 'plain' | 'any';

function rowsOf(making: Making): readonly (readonly Value[])[] {
  const { source, dice, count, crowd } = making;
  const rows: (readonly Value[])[] = [];
  for (let i = 0; i < count + crowd; i++) {
    const plain = i >= count || i % 4 === 3;
    const fresh = rowOf({ ...making, manner: plain ? 'plain' : 'any' }, i);
    rows.push(plain ? fresh : rows.length > 2 && dice.oneIn(7) ? copyOf(source, dice.pick(rows), fresh, dice) : fresh);
  }
  return rows;
}

/** Of an earlier row: the whole, other columns under the same key and time, or the same key at another time. */
function copyOf(source: Source, earlier: readonly Value[], fresh: readonly Value[], dice: Dice): readonly Value[] {
  const time = source.kind === 'stream' ? source.eventTime : source.updatedAt;
  const kept = dice.pick([source.columns.map((c) => c.name), [...source.key, time], [...source.key, time], source.key]);
  return source.columns.map((c, i) => (kept.includes(c.name) ? earlier[i] : fresh[i]) ?? null);
}

type Row = Making & { readonly manner: Manner };

function rowOf(making: Row, nth: number): readonly Value[] {
  const { source, times, dice } = making;
  const early = source.kind === 'table' && (nth < 4 || dice.oneIn(3));
  const edge = nth % 2 === 0 ? times.edges[nth / 2] : undefined;
  const at = early ? times.early(dice) : making.manner === 'plain' ? times.recent(dice) : (edge ?? times.event(dice));
  return source.columns.map((column) => valueIn(making, column, nth, at));
}

function valueIn(making: Row, column: SourceColumn, nth: number, at: bigint): Value {
  const { source, times, dice } = making;
  const { name } = column;
  const orNull = (n: number, value: () => Value): Value => (making.manner === 'any' && dice.oneIn(n) ? null : value());
  if (source.kind === 'stream' && name === source.eventTime) return orNull(20, () => at);
  if (source.kind === 'stream' && name === source.ingestTime) return orNull(12, () => at + arrival(source, dice));
  if (source.kind === 'table') {
    if (name === source.updatedAt) return orNull(20, () => at);
    if (name === source.deleted) return orNull(12, () => making.manner === 'any' && dice.oneIn(5));
    if (name === source.versionBy) return orNull(12, () => BigInt(dice.below(4)));
  }
  if (column.type.kind === 'timestamp')
    return making.manner === 'plain' ? dice.pick([null, times.early(dice), times.recent(dice)]) : orNull(4, () => times.any(dice));
  if (source.key.includes(name)) return orNull(16, () => keyValue(making, column, nth));
  return ordinaryValue(making, { source: source.name, column: name, path: [] }, column);
}

function arrival({ lateness, maxSkew }: Source & { readonly kind: 'stream' }, dice: Dice): bigint {
  return dice.pick([0n, 1_000_000n, 1_000_000n, 60_000_000n, lateness, lateness + 1n, lateness * 3n, -maxSkew, -maxSkew - 1n]);
}

/** An event's own key is its own; a version's is shared. */
function keyValue(making: Row, column: SourceColumn, nth: number): Value {
  const { source } = making;
  const family = making.familyOf({ source: source.name, column: column.name, path: [] });
  if (family === undefined) return ordinaryValue(making, { source: source.name, column: column.name, path: [] }, column);
  if (source.kind === 'stream' && source.key.length === 1) return family.nth(nth);
  return family.nth(source.kind === 'table' && nth < 3 ? nth : favoured(making, family.size - 1));
}

/** Few are named often. */
const favoured = ({ dice, manner }: Row, size: number): number => (manner === 'plain' || dice.oneIn(2) ? 0 : dice.below(size));

function ordinaryValue(making: Row, place: Place, column: SourceColumn): Value {
  const { clues, dice, near, familyOf } = making;
  const family = familyOf(place);
  const plain = making.manner === 'plain';
  if (family !== undefined)
    return !plain && dice.oneIn(14) ? null : family.nth(family.size > 4 ? dice.below(family.size) : favoured(making, family.size));
  if (!plain && dice.oneIn(9)) return null;
  const shared = (inner: Place): Value | undefined => {
    const found = familyOf(inner);
    return found?.nth(favoured(making, found.size));
  };
  if (column.type.kind === 'variant') return documentOf(place, clues, { near, dice, plain, shared });
  const key = placeText(place);
  const wanted = { type: column.type, literals: clues.literals.get(key) ?? [], casts: clues.casts.get(key) ?? [], max: column.max, near };
  const looked = fromLiterals(wanted);
  const values = looked.length > 0 && (plain || !dice.oneIn(3)) ? looked : valuesOf(wanted);
  return values.length === 0 ? null : dice.pick(dice.oneIn(2) ? values.slice(0, 4) : values);
}
