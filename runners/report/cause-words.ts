/** What each cause means, whether it lies in the data or in a form, and who usually mends it. */
import type { CauseId } from '../parity/causes/cause.ts';
import type { FeatureReport } from '../parity/report.ts';
import { shownCauses } from './causes.ts';

const producer = "The feature's SQL is fine; look at the producer or the connector of the source.";
const copied = "The feature's SQL is fine; look at what copies the table to the stream.";
const answering = 'The definition is fine; look at what answered: its engine, its settings, or SQL that was changed after it was compiled.';

const causeWords: Readonly<Record<CauseId, string>> = {
  late: 'Timing: the events had not arrived when the question was asked. No fault of a form; if it is too often, whoever runs the source can bring them sooner.',
  lost: `Data: single events are on one side only. ${producer}`,
  stream_gap: `Data: for a time nothing of the source reached the stream. ${producer}`,
  duplicate: `Data: the stream has events more than once, under another key or time. The feature's SQL is fine; look at what the producer sends again, and at the key in sources.yml.`,
  out_of_order: `Form: the real-time side takes what came last for the latest, whatever its time. ${answering}`,
  boundary: `Form: an event on the very edge of a window counts on one side only, as with < for <=. ${answering}`,
  clock_offset:
    'Data or clock: times are off by the same amount on one side. Look at the clock of the producer, or of the machine that answers.',
  time_zone:
    'Data or form: times, or the days they fall on, are off by whole quarter hours. Look at the connector of the source, or at the zone of what answers.',
  timestamp_precision: `Data: the stream has times cut to a coarser unit than the warehouse. ${producer}`,
  empty_default: `Form: where there is nothing, one side says NULL and the other zero. ${answering}`,
  division_scale: `Form: quotients have fewer decimals on one side. ${answering}`,
  rounding: `Form: one side cuts digits off, or rounds halves another way. ${answering}`,
  float_order:
    "Form: FLOATs were added up in another order, and something exact hangs on their last digits. The feature's owner can use NUMBER, or round first.",
  type_coercion: `Data: values went through a narrower type on their way to the stream (a double, a number, a shorter text). ${producer}`,
  stale_table: `Data: the stream's copy of a table lacks versions, or is behind. ${copied}`,
  missed_delete: `Data: the stream's copy of a table still has rows that were deleted. ${copied}`,
  version_skew: 'Deployment: another version of the feature answered. Whoever deploys it can bring both sides to the same version.',
  tampered_artifact:
    'Deployment: the SQL of the lambda was changed after it was compiled. Whoever deploys it can compile and deploy it again.',
  engine_bug:
    'Engine: the rows are complete and nothing was changed, and yet the engine does not say what the definition means. Please report it, with the witness.',
  ambiguous: 'Undecided: each of several causes would explain it alone; all of them are named.',
  evidence_incomplete: 'Not known: nobody kept what the stream had, or what answered. Keep it, and compare again.',
  unknown: "Not known: no single change explains it, and no two. The feature's owner can begin with the witness, if there is one.",
};

const rebuilt = 'The raw rows and the definition are fine; look at what fills the table, and compute its instants anew.';

/** Where no source differs: then it is the feature's own table. */
const ownTableWords: Readonly<Partial<Record<CauseId, string>>> = {
  lost: `Table: rows that a run had computed are gone from the feature's own table. ${rebuilt}`,
  stale_table: `Table: the feature's own table lacks what came after it was computed, or instants that it should have by now. ${rebuilt}`,
};

type OfCause = Pick<FeatureReport['incidents'][number], 'cause' | 'among' | 'sources'>;

export const isOfOwnTable = ({ cause, sources }: OfCause): boolean => sources.length === 0 && Object.hasOwn(ownTableWords, cause);

/** `incidents`: of whatever cause. */
export function wordsOfCause(cause: CauseId, incidents: readonly OfCause[]): string {
  const own = incidents.filter((i) => i.cause === cause).map(isOfOwnTable);
  const words = [
    ...(own.includes(true) ? [ownTableWords[cause]] : []),
    ...(own.length > 0 && !own.includes(false) ? [] : [causeWords[cause]]),
  ];
  return words.join(' ');
}

/** Causes of a feature that need a look, with those that an ambiguous or double one names. */
export function openCauses(report: Pick<FeatureReport, 'causes' | 'incidents'>): readonly CauseId[] {
  const named = report.incidents.flatMap((i) => (i.explained ? [] : i.among.filter((id) => id !== 'late')));
  return [...new Set([...shownCauses(report).flatMap((c) => (c.explained ? [] : [c.name as CauseId])), ...named])];
}

/** By id, of those that the reports name. */
export function wordsOfCauses(reports: readonly Pick<FeatureReport, 'causes' | 'incidents'>[]): Readonly<Record<string, string>> {
  const named = new Set(reports.flatMap((r) => [...Object.keys(r.causes), ...openCauses(r)]));
  const incidents = reports.flatMap((r) => r.incidents);
  return Object.fromEntries(
    (Object.keys(causeWords) as CauseId[]).flatMap((id) => (named.has(id) ? [[id, wordsOfCause(id, incidents)]] : [])),
  );
}

/** What answered is what the definition says: then the reason lies elsewhere. */
export function definitionText({ lambda, lambdaVersion, batchVersion, version, unexplained }: FeatureReport): string | null {
  return unexplained > 0 && lambda === 'compiled' && lambdaVersion === version && batchVersion === version
    ? 'Same version on both sides, and the lambda is the one it compiles to: the definition is not the reason.'
    : null;
}
