/** What a run of parity said of one feature, as far as a tag is moved on it. Plain, so that it may be sent and kept. */
export interface Evidence {
  readonly run: string;
  /** `2026-01-31T01:30:00.000000`, UTC: what came after this was not looked at. */
  readonly startedAt: string;
  readonly mode: 'logic' | 'replay' | 'served';
  readonly verdict: 'PROVEN' | 'VIOLATED' | 'UNDECIDED';
  readonly version: string;
  readonly batchVersion: string;
  readonly lambdaVersion: string;
  /** Of what was compared, by kind: `lambda`, `dbt_snowflake`, … */
  readonly artifacts: Readonly<Record<string, string>>;
  /** With their versions. */
  readonly batchEngine: string;
  readonly streamEngine: string;
  /** Somebody named the points: nothing is said of others. */
  readonly chosenPoints: boolean;
  /** `2026-01-01T00:00:00/2026-01-02T00:00:00`: nothing is said of other instants; null: all that there were. */
  readonly interval: string | null;
  readonly samples: number;
  /** Points that differ, by cause. */
  readonly causes: Readonly<Record<string, number>>;
  readonly census: boolean;
  readonly upperBound: number | null;
  /** What PROVEN meant, 0 to 1. */
  readonly target: number;
  readonly confidence: number;
}

/** What a tag is to name, and what must be shown of it. */
export interface Candidate {
  readonly feature: string;
  readonly version: string;
  /** Of the lambda that the server has. */
  readonly lambdaSha256: string;
  /** Of the server: `duckdb 1.5.6`. */
  readonly engine: string;
}

/** What is known of the other half of the pair where the project is at hand; the server does not have it. */
export interface BatchHalf {
  /** By kind, `dbt_snowflake`: as this version compiles now. */
  readonly models: Readonly<Record<string, string>>;
  /** What the feature promises. */
  readonly target: number;
  readonly confidence: number;
}
