/** May a tag name this version? Only if exactly this pair of forms was proven to agree, and not too long ago. Pure. */
import type { Promotion } from '../../compiler/authoring/promotion.ts';
import { parseInstant } from '../data/instant.ts';
import { askedInterval, holdsWhole } from '../data/interval.ts';
import { isOfVersion } from './causes-of-version.ts';
import type { BatchHalf, Candidate, Evidence } from './evidence.ts';

export type Decision =
  | { readonly allowed: true; readonly on: Evidence }
  | { readonly allowed: false; readonly because: string; readonly hint: string };

/** The clock of whoever compared may be ahead of ours. */
const mostAhead = 300_000_000n;

/**
 * `evidence`: of the feature, in any order. Of each mode and batch engine the newest verdict about the pair counts, and an older one by which the version
 * itself is wrong: one that is VIOLATED holds the tag back, whatever others say. `batch` null: not at hand. `now`: microseconds.
 */
export function decide(
  candidate: Candidate,
  evidence: readonly Evidence[],
  rules: Promotion,
  now: bigint,
  batch: BatchHalf | null,
): Decision {
  const judged = newestFirst(evidence).map((of) => ({ of, not: otherPair(of, candidate, rules.batchEngine, batch) }));
  const [latest] = judged;
  if (latest === undefined) return refused(`no run of parity compared ${candidate.feature}`, again);
  const pair = judged.flatMap(({ of, not }) => (not === null ? [of] : []));
  const [first] = pair;
  if (first === undefined) return refused(`no verdict is about this pair: run ${latest.of.run} ${latest.not}`, again);
  const decided = decidedBy(pair, batch);
  const violated = decided.find((e) => e.verdict === 'VIOLATED');
  if (violated !== undefined)
    return refused(`run ${violated.run} (${violated.mode}) found it VIOLATED`, `lockstep report --history shows why; then ${again}`);
  const fresh = decided.find((e) => now - startOf(e) <= rules.within && startOf(e) - now <= mostAhead);
  if (fresh !== undefined) return { allowed: true, on: fresh };
  const [proven] = decided;
  if (proven === undefined)
    return refused(
      `run ${first.run} ${first.verdict === 'PROVEN' ? tooWeak(first, batch) : 'left it UNDECIDED'}`,
      `give parity more events, or a longer interval: ${again}`,
    );
  return startOf(proven) > now
    ? refused(`run ${proven.run} begins in the future, at ${proven.startedAt}`, 'the clock of one of the two machines is wrong')
    : refused(`run ${proven.run}, which proved it, is of ${proven.startedAt}: older than ${hours(rules.within)}`, again);
}

/** What is held against a version, or else what proved it, however long ago; null: nothing was decided. */
export function standing(candidate: Candidate, evidence: readonly Evidence[]): Evidence | null {
  const decided = decidedBy(
    newestFirst(evidence).filter((of) => otherPair(of, candidate, null, null) === null),
    null,
  );
  return decided.find((e) => e.verdict === 'VIOLATED') ?? decided[0] ?? null;
}

const newestFirst = (evidence: readonly Evidence[]): readonly Evidence[] =>
  [...evidence].sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));

/**
 * Of each mode, and of each engine that answered for batch, the newest verdict that decides anything; and those by which the version itself was found
 * wrong, until an interval is proven that holds theirs: on other rows it may be right by chance.
 */
function decidedBy(ordered: readonly Evidence[], batch: BatchHalf | null): readonly Evidence[] {
  const deciding = ordered.filter((e) => e.verdict === 'VIOLATED' || (e.verdict === 'PROVEN' && tooWeak(e, batch) === null));
  return deciding.filter((e, i) => {
    const since = deciding.slice(0, i).filter((other) => other.mode === e.mode && other.batchEngine === e.batchEngine);
    return since.length === 0 || (e.verdict === 'VIOLATED' && isOfVersion(e) && !since.some((newer) => takesBack(newer, e)));
  });
}

const takesBack = (newer: Evidence, violated: Evidence): boolean =>
  newer.verdict === 'PROVEN' && holdsWhole(askedInterval(newer.interval), askedInterval(violated.interval));

const again = 'run lockstep parity --history on what is to be promoted';

/** Why a run was about something else; null: it was about this pair. */
function otherPair(of: Evidence, candidate: Candidate, batchEngine: string | null, batch: BatchHalf | null): string | null {
  const { version, lambdaSha256, engine } = candidate;
  if (of.version !== version) return `compared version ${of.version}`;
  if (of.lambdaVersion !== version) return `had a lambda of version ${of.lambdaVersion}`;
  if (of.batchVersion !== version) return `had batch's rows of version ${of.batchVersion}`;
  const lambda = of.artifacts['lambda'];
  if (lambda === undefined) return 'did not note which lambda answered';
  if (lambda !== lambdaSha256) return 'compared a lambda with other SQL';
  if (of.streamEngine !== engine) return `asked the lambda of ${of.streamEngine}, and the server has ${engine}`;
  if (batchEngine !== null && /^\w+/.exec(of.batchEngine)?.[0] !== batchEngine)
    return `asked ${of.batchEngine} for batch, and ${batchEngine} is to be shown`;
  const changed = Object.entries(batch?.models ?? {}).find(([kind, sha256]) => (of.artifacts[kind] ?? sha256) !== sha256);
  return changed === undefined ? null : `compared another model (${changed[0]})`;
}

/** Why what it proved is less than what is promised; null: it is not. */
function tooWeak({ chosenPoints, target, confidence }: Evidence, batch: BatchHalf | null): string | null {
  if (chosenPoints) return 'compared points that somebody chose, and says nothing of others';
  if (batch === null) return null;
  if (target > batch.target) return `aimed at ${target}, and the feature promises ${batch.target}`;
  return confidence < batch.confidence ? `was content with a confidence of ${confidence}, and the feature has ${batch.confidence}` : null;
}

function refused(because: string, hint: string): Decision {
  return { allowed: false, because, hint };
}

function startOf({ startedAt }: Evidence): bigint {
  const at = parseInstant(startedAt);
  if (at === undefined) throw new Error(`no instant: ${startedAt}`);
  return at;
}

const hours = (microseconds: bigint): string => {
  const n = Number(microseconds) / 3_600_000_000;
  return n === 1 ? 'an hour' : `${Number.isInteger(n) ? n : n.toFixed(1)} hours`;
};
