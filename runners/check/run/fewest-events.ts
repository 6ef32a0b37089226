/** A mismatch with as few events as still show it. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { EvaluationError } from '../../../compiler/functions/evaluation-error.ts';
import type { SourceRows } from '../../data/events.ts';
import { compare } from '../../parity/compare.ts';
import { minimise } from '../../parity/witness/minimise.ts';
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
  const shown = async (events: Events): Promise<Mismatch | undefined> => {
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
  const items = [...mismatch.events].flatMap(([source, { rows }]) => rows.map((row) => ({ source, row })));
  const only = (some: typeof items): Events =>
    new Map(
      [...mismatch.events].map(([name, { columns }]) => [name, { columns, rows: some.flatMap((x) => (x.source === name ? [x.row] : [])) }]),
    );
  const fewest = await minimise(items, async (some) => (await shown(only([...some]))) !== undefined, mostTries);
  return (await shown(only([...fewest]))) ?? mismatch;
}
