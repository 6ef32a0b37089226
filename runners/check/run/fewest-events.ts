/** A mismatch with as few events as still show it: rows are left out, many at a time, then one by one. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { EvaluationError } from '../../../compiler/functions/evaluation-error.ts';
import type { SourceRows } from '../../data/events.ts';
import { compare } from '../../parity/compare.ts';
import { evaluateFeature } from '../../reference/index.ts';
import { type Engines, everyForm } from './every-form.ts';
import type { Mismatch } from './feature-run.ts';

type Events = ReadonlyMap<string, SourceRows>;

const mostTries = 60;

export async function withFewestEvents(
  mismatch: Mismatch,
  compiled: CompiledFeature,
  catalog: Catalog,
  engines: Engines,
): Promise<Mismatch> {
  const { feature } = compiled;
  const at = feature.outputs.indexOf(mismatch.output);
  let tries = 0;
  const shown = async (events: Events): Promise<Mismatch | undefined> => {
    tries += 1;
    try {
      const expected = evaluateFeature(feature, catalog, events, [mismatch.point], { knowledge: 'event' });
      const forms = await everyForm(engines, compiled, catalog, events, [mismatch.point]);
      const answered = forms.flatMap((f) => (f.kind === 'answers' ? [f] : []));
      const differs = answered.some(
        ({ answers }) => compare([mismatch.output], [[expected[0]?.[at] ?? null]], [[answers[0]?.[at] ?? null]]).mismatches > 0,
      );
      const values = [
        { form: 'reference' as const, value: expected[0]?.[at] ?? null },
        ...answered.map(({ form, answers }) => ({ form, value: answers[0]?.[at] ?? null })),
      ];
      return differs ? { ...mismatch, events, values } : undefined;
    } catch (thrown) {
      if (thrown instanceof EvaluationError) return undefined;
      throw thrown;
    }
  };
  let smallest = mismatch;
  for (let portion = 16; portion >= 1 && tries < mostTries; portion = Math.floor(portion / 2))
    for (const name of smallest.events.keys())
      for (let from = 0; tries < mostTries; ) {
        const { rows = [], columns = [] } = smallest.events.get(name) ?? {};
        if (from >= rows.length) break;
        const fewer = new Map(smallest.events).set(name, { columns, rows: [...rows.slice(0, from), ...rows.slice(from + portion)] });
        const still = await shown(fewer);
        if (still === undefined) from += portion;
        else smallest = still;
      }
  return smallest;
}
