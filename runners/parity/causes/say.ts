/** Points at which forms were asked, and what the reference says of them in any world. */
import type { Value } from '../../../compiler/value.ts';
import type { SpineRow } from '../../data/spine.ts';
import { type Evidence, evaluateWorld, type World } from '../evidence/world.ts';

export interface Point {
  readonly row: SpineRow;
  readonly batch: readonly Value[];
  readonly stream: readonly Value[];
}

/** Where the SQL that answered comes from. foreign: Lockstep never compiled it, and nobody says so. */
export type Origin = 'compiled' | 'tampered' | 'other version' | 'foreign' | 'unknown';

/** What the reference says in a world, at points that are asked more than once. */
export type Say = (world: World, points: readonly Point[]) => readonly (readonly Value[])[];

export function remembered(evidence: Evidence): Say {
  const known = new Map<string, Map<readonly Point[], readonly (readonly Value[])[]>>();
  return (world, points) => {
    const ofWorld = known.get(world.name) ?? new Map<readonly Point[], readonly (readonly Value[])[]>();
    known.set(world.name, ofWorld);
    const before = ofWorld.get(points);
    if (before !== undefined) return before;
    const answers = evaluateWorld(
      world,
      evidence,
      points.map((p) => p.row),
    );
    ofWorld.set(points, answers);
    return answers;
  };
}
