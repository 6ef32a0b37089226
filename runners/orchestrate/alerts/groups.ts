/** What is red, undecided or not compared, one group for each owner and cause: one thing to mend, told once. Pure; all of it survives JSON. */
import type { StandingFailure } from '../../history/standing-failures.ts';
import type { CauseId } from '../../parity/causes/cause.ts';
import type { FeatureReport, ParityMode } from '../../parity/report.ts';
import { groupBy } from '../../reference/order.ts';
import { wordsOfCause } from '../../report/cause-words.ts';
import { shownCauses } from '../../report/causes.ts';
import { wayBack } from '../../report/way-back.ts';
import { meaning } from '../../report/words.ts';
import { oneLine } from './shown.ts';
import type { Standing, Stands } from './standing.ts';

/** `reference`: the forms agree with each other, and not with the definition. `not compared`: there is no verdict. */
export type AlertCause = VerdictCause | 'not compared';
type VerdictCause = CauseId | 'undecided' | 'reference';

export interface FeatureMode {
  readonly feature: string;
  readonly mode: ParityMode;
}

export interface Member extends FeatureMode {
  readonly verdict: 'VIOLATED' | 'UNDECIDED' | 'NOT COMPARED';
  /** Of this cause. */
  readonly points: number;
  /** Of the first and the last of them, UTC; null: nobody noted which they are. */
  readonly from: string | null;
  readonly to: string | null;
  readonly sources: readonly string[];
  /** What the verdict means, in sentences. */
  readonly meaning: string;
  /** Why, and who usually mends it; empty where the meaning says it. */
  readonly why: string;
  /** Commands. Markdown. */
  readonly wayBack: string;
  readonly run: string;
  readonly startedAt: string;
}

export interface Group {
  readonly owner: string;
  readonly cause: AlertCause;
  readonly members: readonly Member[];
}

/** When it was judged. */
export interface Judged extends FeatureMode {
  readonly startedAt: string;
}

/** A feature of the project. `owner` null: its file cannot be read as it is. */
export interface Owned {
  readonly feature: string;
  readonly owner: string | null;
}

export interface Groups {
  readonly groups: readonly Group[];
  readonly proven: readonly Judged[];
  /** Whatever the newest verdict was; those are left out that could not be compared since. */
  readonly judged: readonly Judged[];
  readonly owners: readonly Owned[];
}

/** Of features that have no owner. */
export const nobody = 'nobody';

/** `owners`: of all features of the project; what is said of others is left out. */
export function groupsOf({ verdicts, failures }: Stands, owners: readonly Owned[]): Groups {
  const ownerOf = new Map(owners.map(({ feature, owner }) => [feature, owner ?? nobody]));
  const here = verdicts.filter(({ report }) => ownerOf.has(report.feature));
  const failed = failures.filter(({ feature }) => ownerOf.has(feature));
  const failedNames = new Set(failed.map(nameOf));
  const owned = (cause: AlertCause, member: Member) => ({ owner: ownerOf.get(member.feature) ?? nobody, cause, member });
  const found = [
    ...here.flatMap((of) => causesOf(of.report).map((cause) => owned(cause, memberOf(of, cause)))),
    ...failed.map((failure) => owned('not compared', failedMember(failure))),
  ];
  return {
    groups: [...groupBy(found, ({ owner, cause }) => JSON.stringify([owner, cause])).values()].flatMap((same) =>
      same.slice(0, 1).map(({ owner, cause }) => ({ owner, cause, members: same.map(({ member }) => member).sort(byName) })),
    ),
    proven: here.flatMap(({ report: { feature, mode, verdict }, startedAt }) =>
      verdict === 'PROVEN' ? [{ feature, mode, startedAt }] : [],
    ),
    judged: here.flatMap(({ report: { feature, mode }, judgedAt }) =>
      failedNames.has(nameOf({ feature, mode })) ? [] : [{ feature, mode, startedAt: judgedAt }],
    ),
    owners,
  };
}

export const nameOf = ({ feature, mode }: FeatureMode): string => JSON.stringify([feature, mode]);

export const byName = (a: FeatureMode, b: FeatureMode): number => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0);

/** What lateness explains is none, unless there is so much of it that the verdict is red. */
function causesOf(report: FeatureReport): readonly VerdictCause[] {
  if (report.verdict === 'PROVEN') return [];
  if (report.verdict === 'UNDECIDED') return ['undecided'];
  const shown = shownCauses(report);
  const open = new Set<VerdictCause>([
    ...report.incidents.flatMap((i) => (i.explained ? [] : [i.cause])),
    ...shown.flatMap((c) => (c.explained ? [] : [c.name as CauseId])),
    ...(report.lambda === 'tampered' ? (['tampered_artifact'] as const) : []),
    ...(report.lambda === 'other version' ? (['version_skew'] as const) : []),
  ]);
  if (open.size > 0) return [...open].sort();
  // Where a cause is known, it is why batch does not say what the definition means, too.
  if (report.referenceMismatches > 0) return ['reference'];
  return shown.length > 0 ? [...new Set(shown.map((c) => c.name as CauseId))].sort() : ['unknown'];
}

function memberOf({ run, startedAt, report }: Standing, cause: VerdictCause): Member {
  const same = report.incidents.filter((i) => i.cause === cause);
  const open = same.filter((i) => !i.explained);
  const incidents = open.length > 0 ? open : same;
  const instants = incidents.flatMap(({ from, to }) => [String(from), String(to)]).sort();
  const isCause = cause !== 'undecided' && cause !== 'reference';
  return {
    feature: report.feature,
    mode: report.mode,
    verdict: report.verdict === 'UNDECIDED' ? 'UNDECIDED' : 'VIOLATED',
    points: cause === 'reference' ? report.referenceMismatches : incidents.reduce((sum, { points }) => sum + points, 0),
    from: instants[0] ?? null,
    to: instants.at(-1) ?? null,
    sources: [...new Set(incidents.flatMap(({ sources }) => sources))].sort(),
    meaning: meaning(report),
    why: isCause ? wordsOfCause(cause, incidents) : '',
    wayBack: wayBack({ ...report, incidents }, isCause ? [cause] : []),
    run,
    startedAt,
  };
}

function failedMember({ feature, mode, plain, run, startedAt }: StandingFailure): Member {
  return {
    feature,
    mode,
    verdict: 'NOT COMPARED',
    points: 0,
    from: null,
    to: null,
    sources: [],
    meaning: `It could not be compared: ${oneLine(plain, 300)}`,
    why: 'There is no verdict: whether batch and real time agree is not known.',
    wayBack: '- `lockstep sources check --target TARGET` says which table or column is not as it is declared.',
    run,
    startedAt,
  };
}
