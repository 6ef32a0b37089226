/** Logic mode: do batch, lambda and reference give the same value on the same events? */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { evaluateFeature } from '../reference/index.ts';
import { executeLambda, type StoredLambda } from '../stream/execute.ts';
import { executeOn } from '../stream/execute-on.ts';
import { type Answered, type Forms, formsOf } from './forms.ts';
import { openSides, type Sides, threadsFor } from './sides.ts';

export async function openForms(compiled: CompiledFeature, lambda: StoredLambda, sides: Sides): Promise<Forms> {
  const { sources } = compiled.feature;
  const own = await sides.of(compiled);
  const byReference = (events: ReadonlyMap<string, SourceRows>, spine: readonly SpineRow[]) =>
    evaluateFeature(compiled.feature, sides.catalog, events, spine, { knowledge: 'event' });
  const isReference = sides.engines.stream === 'reference';
  return formsOf({
    compiled,
    sides,
    own,
    lambda,
    arrival: false,
    ask: async (of, spine) => (isReference ? byReference(sides.stream, spine) : executeLambda(own.stream, of, spine, 256)),
    streamOn: async (few, spine) => {
      if (isReference) return byReference(few, spine);
      const connection = await openDuckdb(threadsFor(few));
      return executeOn(connection, lambda, sides.catalog, sources, few, spine).finally(() => connection.close());
    },
  });
}

/** `events`: those of both sides. */
export async function compareLogic(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
): Promise<Answered> {
  const sides = await openSides(catalog, events, events);
  try {
    return await (await openForms(compiled, lambda, sides)).answer(spine);
  } finally {
    sides.close();
  }
}
