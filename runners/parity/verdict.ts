/** What may be said of a population after some of its entities were compared. Pure. */
import { type Draws, evidenceOfMore, moreNeeded, surelyAbove, surelyBelow, upperBound } from './statistics/confidence-sequence.ts';

export type Verdict = 'PROVEN' | 'VIOLATED' | 'UNDECIDED';

export interface Aim {
  /** The share of points that may mismatch, 0 to 1. */
  readonly target: number;
  /** 0 to 1 */
  readonly confidence: number;
  /** The share of points that lateness may explain, 0 to 1. */
  readonly latenessBudget: number;
}

export interface Compared {
  readonly draws: Draws;
  /** Points that mismatch anywhere, in the sample, in a stratum or at a probe, without being explained. */
  readonly mismatches: number;
  /** Of these: the form itself is at fault, whatever it was given. */
  readonly logicFaults: number;
  /** What answered is not what this version compiles to: another version, or its SQL was changed. */
  readonly otherArtifact: boolean;
  /** Points at which the reference disagrees with the forms. */
  readonly referenceMismatches: number;
  /** FLOATs that drift to one side, each point within rounding. */
  readonly biased: boolean;
  /** The share of the sample's points whose mismatch is explained by what had arrived, 0 to 1. */
  readonly explained: number;
  /** No point was compared, or every answer was that of no events at all. */
  readonly nothing: boolean;
}

export interface Decision {
  readonly verdict: Verdict;
  readonly census: boolean;
  /** The share of mismatching points is at most this, with the confidence asked for; null if nothing was compared. */
  readonly upperBound: number | null;
  /** Entities without a mismatch that would prove the promise; null if none would. */
  readonly moreNeeded: number | null;
  /** Evidence (an e-value) that the promise is broken. */
  readonly evidence: number;
}

/**
 * Both forms on the same events: with exact outputs they are the same function, so one mismatch refutes that, wherever it
 * was found. A rate is bounded for what was not looked at. An artifact that is not this version's proves nothing about it.
 */
export function decideLogic(compared: Compared, aim: Aim): Decision {
  return decide(compared, aim, compared.otherArtifact || compared.biased || compared.mismatches + compared.referenceMismatches > 0);
}

/**
 * What the stream could know against what batch knows later. Explained mismatches are in no rate, and have a budget. A form that is at fault
 * itself is a fact; of other mismatches the rate counts, and `features` are judged at once, this being the nth `night` of their
 * versions: the chance that any of them is ever called VIOLATED wrongly is at most 1 − confidence.
 */
export function decideReplay(compared: Compared, aim: Aim, features: number, night: number): Decision {
  const fact = compared.otherArtifact || compared.biased || compared.logicFaults + compared.referenceMismatches > 0;
  const alarm =
    compared.draws.shares.length > 0 && surelyAbove(compared.draws, aim.target, ((1 - aim.confidence) * ofNight(night)) / features);
  return decide(compared, aim, fact || alarm || compared.explained > aim.latenessBudget);
}

/** Of what may be spent in all, for whatever number of nights: 6 / π² · 1 / n² add up to 1. */
export const ofNight = (night: number): number => 6 / (Math.PI ** 2 * night ** 2);

function decide({ draws, nothing }: Compared, { target, confidence }: Aim, wrong: boolean): Decision {
  const alpha = 1 - confidence;
  const census = draws.shares.length >= draws.population && draws.population > 0;
  const compared = draws.shares.length > 0;
  return {
    verdict: wrong ? 'VIOLATED' : !nothing && compared && surelyBelow(draws, target, alpha) ? 'PROVEN' : 'UNDECIDED',
    census,
    upperBound: compared ? upperBound(draws, alpha) : null,
    moreNeeded: compared && !wrong ? moreNeeded(draws, target, alpha) : null,
    evidence: compared ? evidenceOfMore(draws, target) : 1,
  };
}
