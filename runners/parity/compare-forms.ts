/** Two forms compared: exact outputs exactly, FLOATs within what rounding can make of the numbers that were added up. */
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { evaluateFeature } from '../reference/index.ts';
import { type Comparison, compare, usual, usualShare } from './compare.ts';
import { atFirstInstants } from './sampling/first-instants.ts';
import { floatBounds } from './tolerance.ts';

type Answers = readonly (readonly Value[])[];

/** The reference is asked how far apart answers may be at so many instants of those that the usual tolerance would let pass, and of those that it would not. */
const mostInstants = { near: 60, far: 1000 };

/** `events`: those of batch. */
export function compareForms(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
  left: Answers,
  right: Answers,
): Comparison {
  const sides: Sides = { feature, catalog, events, spine, left, right };
  return withDefaults(sides, withinRounding(sides));
}

interface Sides {
  readonly feature: CheckedFeature;
  readonly catalog: Catalog;
  readonly events: ReadonlyMap<string, SourceRows>;
  readonly spine: readonly SpineRow[];
  readonly left: Answers;
  readonly right: Answers;
}

/** Tells apart: a side that has nothing to go on, and one that goes on something else. */
function withDefaults({ feature, catalog, spine, left, right }: Sides, found: Comparison): Comparison {
  const rows = [...new Set(found.differences.map((d) => d.row))];
  if (rows.length === 0) return found;
  const empty = emptyAnswers(
    feature,
    catalog,
    rows.map((row) => spine[row] as SpineRow),
  );
  const says = (side: Answers, row: number, i: number): boolean =>
    side[row] !== undefined && compare(feature.outputs, [side[row]], [empty[i]]).mismatches === 0;
  const defaults = new Set(
    rows.filter((row, i) => says(left, row, i) !== says(right, row, i) && left[row] !== undefined && right[row] !== undefined),
  );
  const outcomes = { ...found.outcomes };
  const differences = found.differences.map((d) => {
    if (!defaults.has(d.row)) return d;
    outcomes[d.outcome] -= 1;
    outcomes.default += 1;
    return { ...d, outcome: 'default' as const };
  });
  return { ...found, outcomes, differences };
}

/** What is said where nothing ever happened. */
export function emptyAnswers(feature: CheckedFeature, catalog: Catalog, spine: readonly SpineRow[]): Answers {
  const none = new Map(catalog.sources.map((s) => [s.name, { columns: s.columns.map((c) => c.name), rows: [] }]));
  return evaluateFeature(feature, catalog, none, spine, { knowledge: 'event' });
}

function withinRounding({ feature, catalog, events, spine, left, right }: Sides): Comparison {
  const { outputs } = feature;
  const strict = compare(outputs, left, right, () => 0);
  const apart = (row: number): number =>
    Math.max(
      ...outputs.map((_, i) => {
        const [a, b] = [left[row]?.[i], right[row]?.[i]];
        return typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), Number.MIN_VALUE) : 0;
      }),
    );
  const unsure = strict.differences.filter((d) => typeof d.left === 'number' && typeof d.right === 'number').map((d) => d.row);
  if (unsure.length === 0) return strict;
  const nearest = [...new Set(unsure)].map((row) => ({ row, apart: apart(row) })).sort((a, b) => a.apart - b.apart);
  const [isNear, isFar] = [atFirstInstants(mostInstants.near), atFirstInstants(mostInstants.far)];
  const looked = nearest.filter(({ row, apart: by }) => (by <= usualShare ? isNear : isFar)(spine[row] as SpineRow)).map(({ row }) => row);
  const bounds = floatBounds(
    feature,
    catalog,
    events,
    looked.map((row) => spine[row] as SpineRow),
  );
  const places = new Map(looked.map((row, i) => [row, i]));
  return compare(outputs, left, right, (row, output, a, b) => {
    const place = places.get(row);
    return (place === undefined ? undefined : bounds?.[place]?.[output]) ?? usual(row, output, a, b);
  });
}
