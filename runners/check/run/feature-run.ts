/** A feature on generated events: every form against the reference. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { OutputColumn } from '../../../compiler/check/checked.ts';
import { EvaluationError } from '../../../compiler/functions/evaluation-error.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import type { SpineRow } from '../../data/spine.ts';
import { compare } from '../../parity/compare.ts';
import { emptyAnswers } from '../../parity/compare-forms.ts';
import { evaluateFeature } from '../../reference/index.ts';
import { generateEvents } from '../generate/events.ts';
import { type Engines, everyForm, type FormName } from './every-form.ts';
import { pointsOf } from './points.ts';

type Answers = readonly (readonly Value[])[];
type Events = ReadonlyMap<string, SourceRows>;

export interface FeatureRun {
  /** Points at which all forms were compared. */
  readonly points: number;
  /** Of these: the answer is another than it would be without any event. */
  readonly telling: number;
  /** Outputs that had no other value than without any event. */
  readonly unreached: readonly string[];
  /** Instants at which the query raises an error by its meaning; they are left out. */
  readonly raised: number;
  readonly forms: readonly { readonly form: FormName; readonly refused: string | null }[];
  readonly mismatches: readonly Mismatch[];
  /** An engine fails where the reference has a value. */
  readonly failures: readonly { readonly form: FormName; readonly message: string }[];
}

/** The first point at which an output differs, and at how many it does. */
export interface Mismatch {
  readonly output: OutputColumn;
  readonly point: SpineRow;
  readonly values: readonly { readonly form: FormName | 'reference'; readonly value: Value }[];
  readonly points: number;
  /** The fewest events that were found to show it. */
  readonly events: Events;
}

const mostTurns = 4;

/** Tries other events if the first say nothing. */
export async function runFeature(compiled: CompiledFeature, catalog: Catalog, engines: Engines, seed: string): Promise<FeatureRun> {
  let best: FeatureRun | undefined;
  for (let turn = 0; turn < mostTurns; turn++) {
    const run = await runOnce(compiled, catalog, engines, seed, turn);
    if (run.mismatches.length + run.failures.length > 0) return run;
    if (best === undefined || run.unreached.length < best.unreached.length) best = run;
    if (run.unreached.length === 0) break;
  }
  return best as FeatureRun;
}

async function runOnce(compiled: CompiledFeature, catalog: Catalog, engines: Engines, seed: string, turn: number): Promise<FeatureRun> {
  const { feature } = compiled;
  const generated = generateEvents(feature, catalog, seed, turn);
  const asked = pointsOf(feature, catalog, generated, seed);
  const { spine, expected, raised } = byReference(compiled, catalog, generated.events, asked);
  const told = compare(feature.outputs, emptyAnswers(feature, catalog, spine), expected);
  const reached = new Set(told.differences.map((d) => d.column));
  const forms = await everyForm(engines, compiled, catalog, generated.events, spine);
  return {
    points: spine.length,
    telling: told.mismatches,
    unreached: feature.outputs.map((o) => o.name).filter((name) => !reached.has(name)),
    raised,
    forms: forms.map((f) => ({ form: f.form, refused: f.kind === 'refused' ? f.reason : null })),
    mismatches: mismatchesOf(feature.outputs, spine, expected, forms, generated.events),
    failures: forms.flatMap((f) => (f.kind === 'raised' ? [{ form: f.form, message: f.message }] : [])),
  };
}

interface Judged {
  readonly spine: readonly SpineRow[];
  readonly expected: Answers;
  readonly raised: number;
}

/** Where the whole query has a value. */
function byReference({ feature }: CompiledFeature, catalog: Catalog, events: Events, asked: readonly SpineRow[]): Judged {
  const answer = (spine: readonly SpineRow[]): Answers => evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' });
  try {
    return { spine: asked, expected: answer(asked), raised: 0 };
  } catch (thrown) {
    if (!(thrown instanceof EvaluationError)) throw thrown;
  }
  const kept: { readonly row: SpineRow; readonly values: readonly Value[] }[] = [];
  const raised = new Set<bigint>();
  for (const row of asked) {
    try {
      kept.push({ row, values: answer([row])[0] as readonly Value[] });
    } catch (thrown) {
      if (!(thrown instanceof EvaluationError)) throw thrown;
      raised.add(row.asOf);
    }
  }
  return { spine: kept.map((k) => k.row), expected: kept.map((k) => k.values), raised: raised.size };
}

function mismatchesOf(
  outputs: readonly OutputColumn[],
  spine: readonly SpineRow[],
  expected: Answers,
  forms: Awaited<ReturnType<typeof everyForm>>,
  events: Events,
): readonly Mismatch[] {
  const answered = forms.flatMap((f) => (f.kind === 'answers' ? [f] : []));
  const rows = new Map<string, Set<number>>();
  for (const { answers } of answered)
    for (const d of compare(outputs, expected, answers).differences) rows.set(d.column, (rows.get(d.column) ?? new Set()).add(d.row));
  return outputs.flatMap((output, at): readonly Mismatch[] => {
    const wrong = rows.get(output.name);
    if (wrong === undefined) return [];
    const row = Math.min(...wrong);
    const values = [
      { form: 'reference' as const, value: expected[row]?.[at] ?? null },
      ...answered.map(({ form, answers }) => ({ form, value: answers[row]?.[at] ?? null })),
    ];
    return [{ output, point: spine[row] as SpineRow, values, points: wrong.size, events }];
  });
}
