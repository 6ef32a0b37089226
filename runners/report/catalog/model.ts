/** What the catalogue says of a project, for its page and for programs. What nobody was asked is null, and never a guess. */

/** As `runners/parity` has them: the page's own type check knows nothing but this file. */
export type Verdict = 'PROVEN' | 'VIOLATED' | 'UNDECIDED';
export type ParityMode = 'logic' | 'replay' | 'served';

export interface CatalogData {
  readonly kind: 'catalog';
  readonly formatVersion: 1;
  readonly project: string;
  /** `2026-01-31T01:30:00.000000`, UTC. */
  readonly writtenAt: string;
  readonly lockstep: string;
  /** null: no history was given. `nights`: the last fourteen dates, the newest last; of each feature, `parity.nights` are these. */
  readonly history: { readonly runs: number; readonly nights: readonly string[] } | null;
  /** null: no server was asked. */
  readonly server: CatalogServer | null;
  /** How many profiles were given; null: none. */
  readonly profiles: number | null;
  /** Files of features that cannot be read: of these nothing else is known. */
  readonly unread: readonly string[];
  /** By name; those that are deprecated last. */
  readonly features: readonly CatalogFeature[];
  /** By name: those that features read. */
  readonly sources: readonly CatalogSource[];
}

export interface CatalogServer {
  /** Without a user, a password or a query. */
  readonly url: string;
  /** Executions before are not known; null: the server does not say when its versions were executed. */
  readonly executedSince: string | null;
  /** Features that it has and the project has not. */
  readonly others: readonly { readonly name: string; readonly tags: readonly string[] }[];
}

export interface Duration {
  readonly microseconds: string;
  /** `20 minutes` */
  readonly text: string;
}

export interface CatalogFeature {
  readonly name: string;
  readonly file: string;
  readonly status: 'draft' | 'active' | 'deprecated';
  /** From this day on, UTC, nobody may rely on it: an ISO date; null: none is named. */
  readonly deprecationDate: string | null;
  readonly description: string | null;
  readonly owner: string | null;
  readonly entity: readonly string[];
  readonly consumers: readonly string[];
  readonly latencyBudget: Duration | null;
  /** null: the feature does not compile. */
  readonly compiled: CatalogCompiled | null;
  /** By mode, of each its newest run; null: no history was given. */
  readonly parity: readonly CatalogParity[] | null;
  /** null: no server was asked. */
  readonly deployed: CatalogDeployed | null;
  /** Of one entity; null: no profile was given. */
  readonly cost: CatalogCost | { readonly why: string } | null;
}

export interface CatalogCompiled {
  readonly version: string;
  /** The grid of batch snapshots. */
  readonly every: Duration;
  /** By name. `lookback`, of a stream: null for all of its history. */
  readonly sources: readonly (
    | { readonly name: string; readonly kind: 'stream'; readonly lookback: Duration | null }
    | { readonly name: string; readonly kind: 'table' }
  )[];
  /** The source whose entities its tables hold; null: those with a row in the query. */
  readonly universe: string | null;
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
}

export interface CatalogParity {
  readonly mode: ParityMode;
  readonly verdict: Verdict;
  /** PROVEN, and yet something differs that lateness does not explain. */
  readonly notEverywhere: boolean;
  readonly run: string;
  readonly startedAt: string;
  readonly version: string;
  /** What it speaks of instead of the two forms as they compile now; null: of these. */
  readonly otherThanNow: string | null;
  /** `at most 0.08 %` */
  readonly bound: string;
  readonly upperBound: number | null;
  readonly target: number;
  readonly confidence: number;
  readonly census: boolean;
  readonly samples: number;
  readonly mismatches: number;
  readonly unexplained: number;
  /** One for each of `history.nights`; null: it was not compared in that night. */
  readonly nights: readonly (CatalogNight | null)[];
}

/** The worst of a night's runs. */
export interface CatalogNight {
  readonly verdict: Verdict;
  readonly notEverywhere: boolean;
  readonly runs: number;
}

export interface CatalogDeployed {
  /** 0: the server does not have the feature. */
  readonly versions: number;
  /** `production` and `latest`, then the others by name. */
  readonly tags: readonly CatalogTag[];
  /** Of any version, UTC; null: not since `executedSince`, or nobody says. */
  readonly lastExecuted: string | null;
}

export interface CatalogTag {
  readonly tag: string;
  /** null: the tag names none. */
  readonly version: string | null;
  /** `other SQL`: of this version, compiled otherwise. */
  readonly is: 'as compiled' | 'other SQL' | 'other version' | 'nothing';
  readonly lastExecuted: string | null;
}

export interface CatalogCost {
  /** Milliseconds, in the engine and to and from it. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** UTC. */
  readonly measuredAt: string;
  /** null: the profile does not say. */
  readonly engine: string | null;
  readonly cores: number | null;
  /** null: the feature has no budget. */
  readonly withinBudget: boolean | null;
}

export interface CatalogSource {
  readonly name: string;
  readonly kind: 'stream' | 'table';
  readonly description: string | null;
  readonly warehouse: string;
  readonly topic: string | null;
  readonly lateness: Duration;
  /** null: no server was asked, or it does not have the source. */
  readonly held: CatalogHeld | null;
}

export interface CatalogHeld {
  /** The latest event time that the server ever had; null: it had no event, or does not say. */
  readonly latest: string | null;
  /** It has all from then on; null: it does not know. */
  readonly completeSince: string | null;
  /** Messages that its topic had at the start and that are not read yet; null: so many are not known. */
  readonly toBeRead: number | null;
  /** Too much of it cannot be read. */
  readonly stale: { readonly because: string; readonly since: string } | null;
}
