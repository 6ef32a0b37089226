/** Whether two answers at a point are the same, but for what rounding can make of the FLOATs there. */
import type { Catalog } from '../../../compiler/catalog.ts';
import type { CheckedFeature, OutputColumn } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import { compare, usual } from '../compare.ts';
import { batchWorld, type Evidence, eventsIn } from '../evidence/world.ts';
import { atFirstInstants } from '../sampling/first-instants.ts';
import { floatBounds } from '../tolerance.ts';
import type { Point } from './say.ts';

/** `outputs`: all of the feature's, if nothing else is said. */
export type Same = (a: readonly Value[], b: readonly Value[], point: Point, outputs?: readonly OutputColumn[]) => boolean;

/** The reference is asked for bounds at so many instants; at others the usual tolerance counts. */
const mostInstants = 200;

/** `points`: those that will be asked about, the ones that matter first. */
export function sameAt(feature: CheckedFeature, catalog: Catalog, evidence: Evidence, points: readonly Point[]): Same {
  let known: ReadonlyMap<Point, readonly number[]> | undefined;
  const bounds = (): ReadonlyMap<Point, readonly number[]> => {
    const isLooked = atFirstInstants(mostInstants);
    const looked = points.filter((p) => isLooked(p.row));
    const events = eventsIn(batchWorld(feature), evidence);
    const found = floatBounds(
      feature,
      catalog,
      events,
      looked.map((p) => p.row),
    );
    return new Map(looked.map((p, i) => [p, found?.[i] ?? []]));
  };
  return (a, b, point, outputs = feature.outputs) =>
    compare(outputs, [a], [b], (row, i, x, y) => {
      const least = usual(row, i, x, y);
      if (Math.abs(x - y) <= least) return least;
      known ??= bounds();
      return Math.max(least, known.get(point)?.[feature.outputs.indexOf(outputs[i] as OutputColumn)] ?? 0);
    }).mismatches === 0;
}
