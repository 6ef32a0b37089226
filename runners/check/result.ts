/** What a check found: one value, from which every format is printed. */
import type { Compiled } from '../../compiler/artifacts/compile.ts';
import type { AuthoredProject } from '../../compiler/authoring/index.ts';
import type { Diagnostic } from '../../compiler/diagnostics.ts';
import type { DiagnosticJson } from '../../compiler/render-diagnostics.ts';
import type { SourceFile } from '../../compiler/source.ts';
import type { Printed } from '../data/format-value.ts';
import type { Since } from './since.ts';

/** A project as it was read and compiled. */
export interface CheckedProject {
  readonly folder: string;
  readonly files: readonly SourceFile[];
  readonly authored: AuthoredProject;
  readonly compiled: Compiled;
  readonly diagnostics: readonly Diagnostic[];
}

export interface CheckResult {
  /** No finding is an error. */
  readonly ok: boolean;
  /** Of the project's folder in its repository: '' or `path/to/project/`. */
  readonly prefix: string;
  /** In the order of files and places; their paths are relative to the project. */
  readonly findings: readonly DiagnosticJson[];
  /** By name, also those that do not compile. */
  readonly features: readonly FeatureResult[];
  /** Of the generated events; null if none were run. */
  readonly seed: string | null;
  /** How many profiles latency budgets were held against; null: none was given, and no budget was looked at. */
  readonly profiles: number | null;
  readonly since: Since | null;
  /** When it was checked, UTC, to the second: 2026-01-31T12:00:00 */
  readonly at: string;
}

export interface FeatureResult {
  readonly feature: string;
  readonly file: string;
  readonly owner: string | null;
  readonly consumers: readonly string[];
  /** Microseconds; null: the header names none. */
  readonly latencyBudget: string | null;
  /** null: it does not compile. */
  readonly version: string | null;
  readonly sources: readonly string[];
  readonly examples: number;
  /** null: not run. */
  readonly run: RunResult | null;
}

export interface RunResult {
  /** (entity, instant) points at which every form was compared with the reference. */
  readonly points: number;
  /** Of these: the answer is another than it would be without any event. */
  readonly telling: number;
  /** Outputs that never had another value than without any event. */
  readonly unreached: readonly string[];
  /** Instants left out, because the query raises an error there by its meaning. */
  readonly raised: number;
  readonly forms: readonly { readonly form: string; readonly refused: string | null }[];
  readonly mismatches: readonly MismatchResult[];
}

export interface MismatchResult {
  readonly column: string;
  readonly key: Readonly<Record<string, Printed>>;
  readonly asOf: Printed;
  readonly values: Readonly<Record<string, Printed>>;
  readonly points: number;
  /** By source: the fewest rows that were found to show it. */
  readonly events: Readonly<Record<string, readonly Readonly<Record<string, Printed>>[]>>;
}

export const placeOf = ({ file, line, column }: DiagnosticJson): string => `${file}:${line}:${column}`;

export const countOf = ({ findings }: CheckResult, severity: DiagnosticJson['severity']): number =>
  findings.filter((f) => f.severity === severity).length;

/** The worst first, otherwise as they stand. */
export function worstFirst(findings: readonly DiagnosticJson[]): readonly DiagnosticJson[] {
  return (['error', 'warning', 'note'] as const).flatMap((severity) => findings.filter((f) => f.severity === severity));
}

/** Of a feature: said of it, or in its file. */
export const findingsOf = ({ feature, file }: FeatureResult, findings: readonly DiagnosticJson[]): readonly DiagnosticJson[] =>
  findings.filter((f) => f.feature === feature || f.file === file);
