/** A feature as its author wrote it: the header, validated, and the SQL tree. What `parse/` gives to `check/`. */
import type { Query } from './parse/syntax.ts';
import type { Span } from './source.ts';

/** A plain YAML scalar; numbers keep their digits as text. */
export type YamlScalar =
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | boolean
  | null;

/** A scalar, or what a VARIANT or an array may be written as. */
export type YamlValue =
  | YamlScalar
  | { readonly kind: 'list'; readonly items: readonly YamlValue[] }
  | { readonly kind: 'map'; readonly entries: readonly { readonly key: string; readonly value: YamlValue }[] };

/** A privilege, lower case, and the names of roles that get it, quoted where SQL must quote them. */
export interface Grant {
  readonly privilege: string;
  readonly to: readonly string[];
  /** To those that the project names; otherwise in their place. */
  readonly adds: boolean;
}

export interface FeatureHeader {
  readonly entity: readonly { readonly name: string; readonly span: Span }[];
  readonly description: string | null;
  readonly owner: string | null;
  /** The grid of batch snapshots, in microseconds; null if the header names none. */
  readonly every: bigint | null;
  /** Of the lambda for one entity, at p99. */
  readonly latencyBudget: { readonly microseconds: bigint; readonly span: Span } | null;
  readonly includeAsOf: boolean;
  readonly defaults: readonly { readonly column: string; readonly value: YamlScalar; readonly span: Span }[];
  readonly universe: { readonly name: string; readonly span: Span } | null;
  readonly status: 'draft' | 'active' | 'deprecated';
  /** From this day on, UTC, nobody may rely on it; an ISO date. */
  readonly deprecationDate: { readonly day: string; readonly span: Span } | null;
  /** Shares of one; null where the header leaves them to who asks. */
  readonly parity: {
    readonly target: number | null;
    readonly confidence: number | null;
    readonly latenessBudget: number | null;
    /** What is built on the feature waits for a verdict. */
    readonly blocking: boolean;
  };
  readonly consumers: readonly string[];
  readonly grants: readonly Grant[];
  readonly waive: readonly { readonly code: string; readonly reason: string; readonly expires: string | null; readonly span: Span }[];
  readonly examples: readonly FeatureExample[];
  readonly span: Span;
}

export interface FeatureExample {
  readonly name: string | null;
  /** Rows of each source, column → value. */
  readonly events: Readonly<Record<string, readonly Readonly<Record<string, YamlValue>>[]>>;
  readonly asOf: string;
  /** Entity columns and expected outputs. */
  readonly expect: Readonly<Record<string, YamlValue>>;
  readonly span: Span;
}

export interface FeatureDefinition {
  /** The file's name without `.sql`. */
  readonly name: string;
  readonly file: string;
  readonly header: FeatureHeader;
  readonly query: Query;
  /** What the query was read from: below the header, with its template expanded. */
  readonly sql: string;
  /** Names of the shared snippets that its template includes, directly or not. */
  readonly snippets: readonly string[];
}
