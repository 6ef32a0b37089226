/** What the page shows: all of it is text and numbers, computed before the page is written. */

/** As `runners/parity` has them: the page's own type check knows nothing but this file. */
export type Verdict = 'PROVEN' | 'VIOLATED' | 'UNDECIDED';
export type ParityMode = 'logic' | 'replay' | 'served';

export interface ReportData {
  readonly project: string;
  /** `2026-01-31T01:30:00.000000`, UTC. */
  readonly writtenAt: string;
  readonly lockstep: string;
  /** In the order of time. */
  readonly runs: readonly ShownRun[];
  /** By id, of the causes that are named anywhere: what it means and who mends it. */
  readonly causeWords: Readonly<Record<string, string>>;
  /** Of the latest runs, each once for all features: those of most features first. */
  readonly faults: readonly ShownFault[];
  /** Without a verdict since: the newest failure of each feature and mode, the newest run first. */
  readonly notCompared: readonly ShownFailure[];
  /** The worst first. */
  readonly features: readonly ShownFeature[];
}

export interface ShownFailure {
  readonly feature: string;
  readonly mode: ParityMode;
  readonly message: string;
  readonly run: string;
  readonly startedAt: string;
}

export interface ShownFault {
  /** `timestamp_precision in chats` */
  readonly title: string;
  /** Ids; `ambiguous` before those of which nobody knows which it is. */
  readonly causes: readonly string[];
  /** Whole sentences: what the sides do not have alike. */
  readonly deviations: readonly string[];
  /** Those with most points first. */
  readonly features: readonly { readonly name: string; readonly points: number }[];
  readonly owners: readonly string[];
  /** Features without an owner. */
  readonly unowned: number;
  readonly consumers: readonly string[];
  readonly points: number;
  /** Points that lateness alone would explain, too. */
  readonly unsure: number;
  /** The first and the last instant that was asked and differs. */
  readonly from: string;
  readonly to: string;
}

export interface ShownRun {
  readonly id: string;
  readonly startedAt: string;
  readonly mode: ParityMode;
  readonly seed: string;
  readonly lockstep: string;
  readonly engines: string;
  readonly raw: boolean;
}

export interface ShownFeature {
  readonly name: string;
  /** Of its latest runs: the worst. */
  readonly verdict: Verdict;
  /** PROVEN, and yet something differs that lateness does not explain: in a mode of its latest runs. */
  readonly notEverywhere: boolean;
  /** Of all modes: unexplained ones first. */
  readonly causes: readonly ShownCause[];
  /** What a search finds it by, in lower case. */
  readonly words: string;
  /** null: the project has no such feature any more, or it does not compile. */
  readonly now: FeatureNow | null;
  /** By mode, the worst first. */
  readonly series: readonly Series[];
}

export interface FeatureNow {
  readonly version: string;
  readonly file: string;
  readonly owner: string | null;
  readonly description: string | null;
  readonly consumers: readonly string[];
  readonly entity: readonly string[];
  readonly sources: readonly string[];
  readonly outputs: readonly ShownOutput[];
  /** Columns that only choose rows, and the times by which rows are known at an instant. */
  readonly choosing: readonly string[];
  readonly sql: { readonly authored: string; readonly batch: string; readonly lambda: string };
}

export interface ShownOutput {
  readonly name: string;
  readonly type: string;
  /** Columns of sources. */
  readonly from: readonly string[];
  /** Made of no column: the source whose rows may be counted; null where it is made of columns, or several sources are read. */
  readonly counted: string | null;
}

export interface Series {
  readonly mode: ParityMode;
  readonly verdict: Verdict;
  readonly notEverywhere: boolean;
  /** In the order of time; the last is what is shown. */
  readonly nights: readonly Night[];
  readonly latest: Latest;
}

export interface Night {
  /** Place in `runs`. */
  readonly run: number;
  readonly verdict: Verdict;
  readonly version: string;
  readonly upperBound: number | null;
  readonly target: number;
  readonly census: boolean;
  readonly samples: number;
  readonly mismatches: number;
  readonly unexplained: number;
  readonly notEverywhere: boolean;
  /** `at most 0.08 %` */
  readonly bound: string;
}

export interface Latest {
  readonly version: string;
  readonly lambdaVersion: string;
  readonly samples: number;
  readonly mismatches: number;
  readonly explained: number;
  readonly unexplained: number;
  /** Whole sentences. */
  readonly meaning: string;
  /** What is not so although it is PROVEN; null if nothing. */
  readonly but: string | null;
  /** Whole sentences: which sides Lockstep did not compile. */
  readonly foreign: readonly string[];
  readonly notCompared: readonly string[];
  readonly outcomes: readonly { readonly name: string; readonly count: number }[];
  readonly strata: readonly { readonly where: string; readonly entities: number; readonly points: number; readonly mismatches: number }[];
  readonly causes: readonly ShownCause[];
  /** Ids of the causes that need a look. */
  readonly open: readonly string[];
  /** Why the definition is not the reason; null if it may be. */
  readonly definition: string | null;
  /** Whole sentences: what the sides do not have alike, where it makes a difference. */
  readonly deviations: readonly string[];
  /** Unexplained ones first. */
  readonly incidents: readonly ShownIncident[];
  readonly freshness: readonly { readonly lag: string; readonly seconds: number; readonly mismatches: number; readonly share: number }[];
  readonly differences: readonly ShownPoint[];
  /** Points that differ and are not among them. */
  readonly omitted: number;
  readonly artifacts: readonly { readonly kind: string; readonly sha256: string }[];
}

export interface ShownCause {
  readonly name: string;
  readonly points: number;
  /** Not held against the forms. */
  readonly explained: boolean;
}

export interface ShownIncident {
  readonly cause: string;
  readonly explained: boolean;
  readonly sources: readonly string[];
  /** Instants that were asked. */
  readonly from: string;
  readonly to: string;
  readonly points: number;
  readonly entities: number;
}

export interface ShownPoint {
  readonly key: string;
  readonly asOf: string;
  readonly against: 'stream' | 'reference';
  readonly outputs: readonly { readonly column: string; readonly batch: string; readonly value: string }[];
  readonly cause: string;
  readonly explained: boolean;
  readonly proof: string;
  readonly witness: ShownWitness | null;
}

export interface ShownWitness {
  readonly key: string;
  readonly asOf: string;
  /** Whole sentences: what is not as it was. */
  readonly notes: readonly string[];
  readonly values: readonly { readonly column: string; readonly batch: string; readonly stream: string; readonly same: boolean }[];
  /** Instants at which an event begins or ceases to count for this as_of. */
  readonly edges: readonly { readonly at: string; readonly label: string }[];
  readonly rows: readonly WitnessRow[];
  readonly example: string;
  readonly dbtUnitTest: string | null;
}

/** changed: both have it, with other values. later: the stream has it, and had not at as_of. never: nobody noted when it arrived, so the stream knows it at no instant. */
export type Side = 'both' | 'changed' | 'batch' | 'stream' | 'later' | 'never';

export interface WitnessRow {
  readonly source: string;
  readonly side: Side;
  /** Its event time; null where it has none. */
  readonly at: string | null;
  /** The same in the stream; null where the stream has no such row, or no time of it. */
  readonly streamAt: string | null;
  /** When the stream had it. */
  readonly arrivedAt: string | null;
  /** `c416: sent_at 20:23:49.080000 → 20:23:49.000000`; null where both sides have the same. */
  readonly change: string | null;
  /** `stream`: what it has there instead; null where it has the same. */
  readonly values: readonly { readonly name: string; readonly value: string; readonly stream: string | null }[];
}
