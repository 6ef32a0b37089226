/** What a feature's lambda costs: the value that is shown, written as a file, and held against a budget. */
import type { Stage } from './engine-profile.ts';

export interface Profile {
  readonly formatVersion: 1;
  readonly kind: 'profile';
  readonly feature: string;
  /** Of the feature, and of the statement that was run: of another one nothing is known. */
  readonly version: string;
  readonly sqlSha256: string;
  /** UTC, to the second. */
  readonly measuredAt: string;
  readonly machine: {
    readonly cores: number;
    /** With its version: "duckdb 1.5.6". */
    readonly engine: string;
    /** Of one query. */
    readonly threads: number;
  };
  readonly data: {
    /** The latest instant that was asked. */
    readonly asOf: string;
    /** `found`: with rows in the window; null where they were given. */
    readonly entities: { readonly asked: number; readonly found: number | null };
    readonly sources: readonly { readonly name: string; readonly rows: number }[];
  };
  /** The first is of one entity. */
  readonly batches: readonly BatchProfile[];
}

export interface BatchProfile {
  /** In one request. */
  readonly entities: number;
  readonly requests: number;
  /** Milliseconds, in the engine and to and from it; without HTTP. */
  readonly p50: number;
  readonly p99: number;
  /** Requests beside those, with the engine's profiler on; what follows is their mean. */
  readonly profiled: number;
  readonly stages: Readonly<Record<Stage, number>>;
  readonly sources: readonly SourceRead[];
}

export interface SourceRead {
  readonly name: string;
  readonly kind: 'stream' | 'table';
  /** Microseconds of history; null: all of it, or versions of a table. */
  readonly lookback: string | null;
  /** Each scan of it is asked by entity; otherwise the feature needs the rows of all. */
  readonly byEntity: boolean;
  /** How many times the statement goes through it. */
  readonly scans: number;
  readonly scanned: number;
  /** Of anybody. */
  readonly inWindow: number;
  /** Of those asked, where `byEntity`. */
  readonly needed: number;
}

export function profileText(profile: Profile): string {
  return `${JSON.stringify(profile, null, 2)}\n`;
}

/** The profile, or why the text is none. Only what a budget needs is looked at. */
export function parseProfile(text: string): Profile | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'this is not JSON' };
  }
  const fields = record(value);
  if (fields?.['kind'] !== 'profile') return { problem: 'this is no profile: `kind` is not profile' };
  if (fields['formatVersion'] !== 1)
    return { problem: `this profile has the format ${String(fields['formatVersion'])}, and this Lockstep reads 1` };
  const noText = ['feature', 'version', 'sqlSha256', 'measuredAt'].find((key) => typeof fields[key] !== 'string');
  if (noText !== undefined) return { problem: `\`${noText}\` is no text` };
  const batches = Array.isArray(fields['batches']) ? fields['batches'].map(record) : [];
  const one = batches[0];
  if (one?.['entities'] !== 1) return { problem: '`batches` does not begin with one entity' };
  const noNumber = ['requests', 'p50', 'p99'].find((key) => !(typeof one[key] === 'number' && one[key] >= 0));
  return noNumber === undefined ? (value as Profile) : { problem: `\`${noNumber}\` of one entity is no number` };
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
}
