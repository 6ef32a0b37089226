/** Which of the profiles that were given speaks of a feature as it is compiled now. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { sha256 } from '../../compiler/artifacts/version.ts';
import type { Profile } from './profile.ts';

/** A profile, and the file that it was read from. */
export interface GivenProfile {
  readonly file: string;
  readonly profile: Profile;
}

/** Of several profiles of this version the slowest counts: what one machine cannot keep is not kept. `why` there is none. */
export function currentProfile(
  { feature: { name }, version, lambdaSql }: CompiledFeature,
  profiles: readonly GivenProfile[],
): GivenProfile | { readonly why: string } {
  const own = profiles.filter((p) => p.profile.feature === name);
  const current = own.filter(({ profile }) => profile.version === version && profile.sqlSha256 === sha256(lambdaSql));
  const slowest = current.reduce<GivenProfile | null>((worst, p) => (worst === null || p99(p) > p99(worst) ? p : worst), null);
  if (slowest !== null) return slowest;
  const [stale] = own;
  if (stale === undefined) return { why: 'no profile is of this feature' };
  return stale.profile.version === version
    ? { why: `${stale.file} is of SQL that Lockstep compiles otherwise now` }
    : { why: `${stale.file} is of version ${stale.profile.version}, and this is ${version}` };
}

/** Of one entity, in milliseconds. */
export const p99 = ({ profile }: GivenProfile): number => profile.batches[0]?.p99 ?? Number.POSITIVE_INFINITY;
