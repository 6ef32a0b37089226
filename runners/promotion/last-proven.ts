/** Where a tag goes back to when what it names was found wrong. Pure. */
import { standing } from './decide.ts';
import type { Evidence } from './evidence.ts';

/** As `GET /features` has it. */
export interface DeployedFeature {
  readonly feature: string;
  readonly engine: string;
  readonly versions: readonly { readonly version: string; readonly sql_sha256: string }[];
  /** Of each tag where it was, in order; the last is where it is. */
  readonly trails: Readonly<Record<string, readonly string[]>>;
}

/** The last version before the present one that was proven and not found wrong since; null: there is none. However old its verdict is: it was good when it was left. */
export function lastProven(deployed: DeployedFeature, tag: string, evidence: readonly Evidence[]): string | null {
  const [now, ...before] = [...(deployed.trails[tag] ?? [])].reverse();
  return before.find((version) => version !== now && standingOf(deployed, version, evidence)?.verdict === 'PROVEN') ?? null;
}

/** What is held against a version, or else what proved it; null: nothing was decided. */
export function standingOf(
  { feature, engine, versions }: DeployedFeature,
  version: string,
  evidence: readonly Evidence[],
): Evidence | null {
  const held = versions.find((v) => v.version === version);
  return held === undefined ? null : standing({ feature, version, lambdaSha256: held.sql_sha256, engine }, evidence);
}
