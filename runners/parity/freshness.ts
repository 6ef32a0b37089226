/**
 * How fresh a feature really is: what share of its answers would still differ from batch if each had been given so much
 * later, with all that arrived until then. From the times of arrival alone; of the points whose difference is lateness.
 */
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import type { SpineRow } from '../data/spine.ts';
import { compare } from './compare.ts';
import { evidenceOf } from './evidence/collect.ts';
import { batchWorld, type Evidence, evaluateWorld, type World } from './evidence/world.ts';
import type { Answered } from './forms.ts';

export interface Freshness {
  /** As people say it. */
  readonly lag: string;
  readonly seconds: number;
  /** Points that would still differ. */
  readonly mismatches: number;
  /** Of all points that were compared, 0 to 1. */
  readonly share: number;
}

const lags: readonly (readonly [string, number])[] = [
  ['0 s', 0],
  ['1 s', 1],
  ['5 s', 5],
  ['30 s', 30],
  ['1 min', 60],
  ['5 min', 300],
  ['15 min', 900],
  ['1 h', 3600],
  ['6 h', 21_600],
  ['1 d', 86_400],
];
const mostInstants = 6;

export function freshnessOf(
  feature: CheckedFeature,
  evidence: Evidence,
  spine: readonly SpineRow[],
  answered: Answered,
): readonly Freshness[] {
  const { differences, points } = answered.batchAgainstLambda;
  const late = [...new Set(differences.filter((d) => d.cause?.explained === true).map((d) => d.row))];
  if (points === 0) return [];
  // Some instants stand for all: each is asked for anew at every lag.
  const instants = [...new Set(late.map((row) => (spine[row] as SpineRow).asOf))];
  const chosen = new Set(instants.filter((_, i) => i % Math.ceil(instants.length / mostInstants) === 0));
  const looked = late.filter((row) => chosen.has((spine[row] as SpineRow).asOf));
  const each = looked.length === 0 ? 1 : late.length / looked.length;
  const few = evidenceOf(
    evidence,
    looked.map((row) => (spine[row] as SpineRow).entity),
  );
  let left = looked;
  return lags.map(([lag, seconds]) => {
    const patience = BigInt(seconds) * 1_000_000n;
    const world: World = { ...batchWorld(feature), name: lag, taken: new Set(['late']), knowledge: 'arrived', patience };
    const asked = left.map((row) => spine[row] as SpineRow);
    const batch = left.map((row) => answered.batch[row]);
    // What agrees stays so: nothing that came is ever taken back.
    const wrong = new Set(compare(feature.outputs, batch, evaluateWorld(world, few, asked)).differences.map((d) => d.row));
    left = left.filter((_, i) => wrong.has(i));
    const mismatches = Math.round(left.length * each);
    return { lag, seconds, mismatches, share: mismatches / points };
  });
}
