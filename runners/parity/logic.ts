/** Logic mode: do batch, lambda and reference give the same value on the same events? */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { executeLambda, type StoredLambda } from '../stream/execute.ts';
import { executeOn } from '../stream/execute-on.ts';
import { type Answered, type Forms, formsOf } from './forms.ts';
import { openSides, threadsFor } from './sides.ts';

export async function openForms(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
): Promise<Forms> {
  const { sources } = compiled.feature;
  const sides = await openSides(compiled, catalog, events, events);
  return formsOf({
    compiled,
    catalog,
    sides,
    lambda,
    batch: events,
    stream: events,
    arrival: false,
    ask: (of, spine) => executeLambda(sides.stream, of, spine, 256),
    streamOn: async (few, spine) => {
      const connection = await openDuckdb(threadsFor(few));
      return executeOn(connection, lambda, catalog, sources, few, spine).finally(() => connection.close());
    },
  });
}

export async function compareLogic(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
): Promise<Answered> {
  const forms = await openForms(compiled, lambda, catalog, events);
  try {
    return await forms.answer(spine);
  } finally {
    forms.close();
  }
}
