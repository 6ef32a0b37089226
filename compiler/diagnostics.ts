/** What is wrong with a definition: a stable code, a place in the author's file, the reason, the way out. */
import type { DiagnosticCode } from './codes.ts';
import type { Span } from './source.ts';

export type Severity = 'error' | 'warning' | 'note';

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** What is wrong and why, in the author's words; without a position. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  readonly span: Span;
  readonly feature?: string;
}

/** What a stage gives: a value if there is one worth going on with, and everything it has to say. */
export interface Outcome<T> {
  readonly value: T | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function error(code: DiagnosticCode, span: Span, message: string, hint?: string): Diagnostic {
  return { code, severity: 'error', message, span, ...(hint === undefined ? {} : { hint }) };
}

export function warning(code: DiagnosticCode, span: Span, message: string, hint?: string): Diagnostic {
  return { ...error(code, span, message, hint), severity: 'warning' };
}

export function note(code: DiagnosticCode, span: Span, message: string, hint?: string): Diagnostic {
  return { ...error(code, span, message, hint), severity: 'note' };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((d) => d.severity === 'error');
}

/** The names nearest to a misspelt one, best first, at most three. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  const near = [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(Math.max(wanted.length, candidate.length) / 3)))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, 3)
    .map(({ candidate }) => `\`${candidate}\``);
  return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
