/** Waivers: an author accepts a finding, with a reason, until a date. */
import type { DiagnosticCode } from '../codes.ts';
import type { FeatureDefinition } from '../definition.ts';
import { type Diagnostic, error } from '../diagnostics.ts';

/** Errors that concern taste or tolerance; all others concern a value or the language, and stand. */
const waivable = new Set<DiagnosticCode>(['float-taint', 'time-bound-misplaced']);

/** `settled`: everything could be bound. Otherwise an error is why it could not, and to waive it would say nothing at all. */
export function applyWaivers(
  definition: FeatureDefinition,
  diagnostics: readonly Diagnostic[],
  settled: boolean,
  today: string,
): readonly Diagnostic[] {
  const { waive } = definition.header;
  const expired = waive.filter((w) => w.expires !== null && w.expires < today);
  const inForce = new Set(waive.filter((w) => !expired.includes(w)).map((w) => w.code));
  const kept = diagnostics.filter((d) => !inForce.has(d.code) || (d.severity === 'error' && !(settled && waivable.has(d.code))));
  return [
    ...kept,
    ...expired.map((w) =>
      error(
        'config-invalid',
        w.span,
        `the waiver of ${w.code} expired on ${w.expires}`,
        'mend the feature, or renew the waiver with its reason',
      ),
    ),
  ];
}
