/** What becomes of a tag after a night: it stays, goes back to the last version that was proven, or needs somebody. Pure. */
import { isOfVersion } from './causes-of-version.ts';
import type { Evidence } from './evidence.ts';
import { type DeployedFeature, lastProven, standingOf } from './last-proven.ts';

export type Guarded =
  | { readonly does: 'stays'; readonly because: string }
  | { readonly does: 'goes back'; readonly to: string; readonly because: string }
  | { readonly does: 'needs somebody'; readonly because: string };

export function guardTag(deployed: DeployedFeature, tag: string, evidence: readonly Evidence[]): Guarded {
  const version = deployed.trails[tag]?.at(-1);
  if (version === undefined) return { does: 'stays', because: 'the tag names nothing' };
  const found = standingOf(deployed, version, evidence);
  if (found === null) return { does: 'stays', because: 'no verdict is about what it names' };
  const run = `run ${found.run} (${found.mode})`;
  if (found.verdict === 'PROVEN') return { does: 'stays', because: `${run} proved it` };
  const causes = Object.keys(found.causes);
  const why = `${run} found it VIOLATED${causes.length === 0 ? '' : `: ${causes.join(', ')}`}`;
  if (!isOfVersion(found))
    return {
      does: 'needs somebody',
      because: `${why}${causes.length === 0 ? ', without a cause:' : ';'} nothing says that another version would be right`,
    };
  const to = lastProven(deployed, tag, evidence);
  return to === null
    ? { does: 'needs somebody', because: `${why}; the tag never named another version that was proven` }
    : { does: 'goes back', to, because: why };
}
