/**
 * FLOATs that are within rounding of each other at every point may still be off in one direction: rounding goes up as often as
 * it goes down. Entities are counted, not points, because answers about one entity share their events; by a sign test.
 */
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { groupBy, keyText } from '../reference/order.ts';
import type { Answered } from './forms.ts';
import { atFirstInstants } from './sampling/first-instants.ts';
import { floatBounds } from './tolerance.ts';

export interface Bias {
  readonly column: string;
  /** Entities whose answers of the stream are on average above batch's, and below. */
  readonly above: number;
  readonly below: number;
  /** How much of what rounding may do is used, on average, 0 to 1. */
  readonly used: number;
  /** The chance of so one-sided a count, if there were no bias. */
  readonly chance: number;
}

const believed = 1e-6;
/** Less is no drift that anybody would see. */
const leastUse = 0.05;
const mostRows = 2000;
const mostInstants = 60;

/** Empty: none. Outputs that differ are not looked at, they are found already. */
export function biasOf(
  feature: CheckedFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
  { batch, lambda, batchAgainstLambda }: Answered,
): readonly Bias[] {
  const differing = new Set(batchAgainstLambda.differences.map((d) => d.row));
  const isLooked = atFirstInstants(mostInstants);
  const rows = [...spine.keys()]
    .filter(
      (row) =>
        !differing.has(row) && feature.outputs.some((_, i) => typeof batch[row]?.[i] === 'number' && batch[row]?.[i] !== lambda[row]?.[i]),
    )
    .filter((row) => isLooked(spine[row] as SpineRow))
    .slice(0, mostRows);
  if (rows.length === 0) return [];
  const bounds = floatBounds(
    feature,
    catalog,
    events,
    rows.map((row) => spine[row] as SpineRow),
  );
  if (bounds === undefined) return [];
  const byEntity = [...groupBy(rows.keys(), (i) => keyText((spine[rows[i] as number] as SpineRow).entity)).values()];
  return feature.outputs.flatMap((output, column) => {
    const means = byEntity.map((of) =>
      mean(of.map((i) => shareUsed(batch[rows[i] as number]?.[column], lambda[rows[i] as number]?.[column], bounds[i]?.[column]))),
    );
    const [above, below] = [means.filter((m) => m > 0).length, means.filter((m) => m < 0).length];
    const [used, chance] = [Math.abs(mean(means)), signTest(above, below)];
    return chance < believed && used > leastUse ? [{ column: output.name, above, below, used, chance }] : [];
  });
}

function shareUsed(a: unknown, b: unknown, bound: number | undefined): number {
  return typeof a === 'number' && typeof b === 'number' && bound !== undefined && bound > 0 && Number.isFinite(b - a) ? (b - a) / bound : 0;
}

const mean = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0) / Math.max(1, numbers.length);

/** Two-sided: at least so uneven, of so many fair coins. */
export function signTest(above: number, below: number): number {
  const n = above + below;
  let logChoose = 0;
  let tail = 0;
  for (let k = 0; k <= Math.min(above, below); k++) {
    if (k > 0) logChoose += Math.log(n - k + 1) - Math.log(k);
    tail += Math.exp(logChoose - n * Math.LN2);
  }
  return Math.min(1, 2 * tail);
}
