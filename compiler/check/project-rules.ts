/** Rules over all features of a project together, and what the project makes of findings. */
import type { Catalog } from '../catalog.ts';
import { type DiagnosticCode, judgements } from '../codes.ts';
import type { FeatureDefinition } from '../definition.ts';
import { type Diagnostic, type Severity, warning } from '../diagnostics.ts';
import type { CheckedFeature } from './checked.ts';

export interface ProjectParts {
  readonly catalog: Catalog;
  readonly snippets: readonly { readonly name: string; readonly file: string }[];
  readonly definitions: readonly FeatureDefinition[];
  readonly features: readonly CheckedFeature[];
}

/** Said only of a project whose features are all understood: a broken one may read what seems unused. */
export function unusedParts({ catalog, snippets, definitions, features }: ProjectParts): readonly Diagnostic[] {
  const universes = definitions.flatMap((d) => (d.header.universe === null ? [] : [d.header.universe.name.toUpperCase()]));
  const read = new Set([...features.flatMap((f) => f.sources.map((s) => s.toUpperCase())), ...universes]);
  const included = new Set(definitions.flatMap((d) => d.snippets));
  return [
    ...catalog.sources
      .filter((s) => !read.has(s.name.toUpperCase()))
      .map((s) => warning('unused', s.span, `no feature reads \`${s.name}\``, 'remove it, or set `rules: {unused: off}` in lockstep.yml')),
    ...snippets
      .filter((s) => !included.has(s.name))
      .map((s) => warning('unused', { file: s.file, start: 0, end: 0 }, `no feature includes \`{{> ${s.name}}}\``, 'remove it')),
  ];
}

export type Severities = Readonly<Partial<Record<DiagnosticCode, Severity | 'off'>>>;

/** As the project's `rules` have it; what is no judgement stays. Errors that a waiver could not lift are not lowered either. */
export function withSeverities(diagnostics: readonly Diagnostic[], rules: Severities): readonly Diagnostic[] {
  return diagnostics.flatMap((d) => {
    const severity = judgements.has(d.code) ? (rules[d.code] ?? (offByDefault.has(d.code) ? 'off' : undefined)) : undefined;
    if (severity === undefined || (d.severity === 'error' && !lowerable.has(d.code))) return [d];
    return severity === 'off' ? [] : [{ ...d, severity }];
  });
}

/** Many good features read all of history; a project that must not, says so. */
const offByDefault: ReadonlySet<DiagnosticCode> = new Set(['unbounded-lookback']);

/** `frame-missing` is also said where no source settles the value. */
const lowerable: ReadonlySet<DiagnosticCode> = new Set(['float-taint', 'time-bound-misplaced', 'join-without-condition']);
