/** Tags of compiled features that move on a verdict of parity alone, or because somebody gave a reason in its place. */
import type { Promotion } from '../../../compiler/authoring/promotion.ts';
import { decide } from '../../promotion/decide.ts';
import type { Evidence } from '../../promotion/evidence.ts';
import { RequestError } from '../request-error.ts';
import type { LambdaVersion } from './registry.ts';

/** What a tag is moved on. It is kept with the move. */
export type Ground = { readonly evidence: Evidence } | { readonly reason: string };

/** Refused with CONFLICT. */
export type Gate = (of: LambdaVersion, tag: string, ground: Ground | undefined) => void;

/** `engine`: that executes the lambdas, with its version. `now`: microseconds. */
export function openGate(rules: Promotion, engine: string, now: () => bigint): Gate {
  return ({ name, version, definition }, tag, ground) => {
    if (definition.kind !== 'feature' || !rules.tags.includes(tag)) return;
    if (ground === undefined)
      throw new RequestError(
        'CONFLICT',
        `the tag ${tag} of a feature moves on a verdict of parity`,
        `lockstep lambda promote ${name} --tag ${tag} --history FILE`,
      );
    if ('reason' in ground) return;
    const candidate = { feature: name, version, lambdaSha256: definition.artifact.sqlSha256, engine };
    const decision = decide(candidate, [ground.evidence], rules, now(), null);
    if (!decision.allowed)
      throw new RequestError('CONFLICT', `the tag ${tag} of ${name} stays where it is: ${decision.because}`, decision.hint);
  };
}
