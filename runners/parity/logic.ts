/** Logic mode: do batch, lambda and reference give the same value on the same events? */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { compiledLambda } from '../stored-lambda.ts';
import { executeLambda, type StoredLambda } from '../stream/execute.ts';
import { openStore } from '../stream/store.ts';
import { compareForms } from './compare-forms.ts';
import { collectEvidence } from './evidence/collect.ts';
import { type Answered, type Forms, once, originOf, withCauses } from './forms.ts';
import { openSides, threadsFor } from './sides.ts';

const atOnce = 256;

export async function openForms(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
): Promise<Forms> {
  const { feature } = compiled;
  const sides = await openSides(compiled, catalog, events, events);
  const evidence = once(() => collectEvidence(feature, catalog, events, events));
  const origin = originOf(compiled, lambda, catalog);
  return {
    answer: async (spine, judged = () => true) => {
      const batch = await sides.batch(spine);
      const streamed = await executeLambda(sides.stream, lambda, spine, atOnce);
      return {
        batchAgainstLambda: compareForms(feature, catalog, events, spine, batch, streamed),
        referenceAgainstBatch: sides.judge(spine, batch, judged),
        batch,
        lambda: streamed,
        changes: new Map(),
      };
    },
    explain: async (spine, answered) => {
      if (answered.batchAgainstLambda.mismatches === 0) return answered;
      const compiledOne = compiledLambda(compiled, catalog);
      const given = {
        feature,
        catalog,
        evidence: evidence(),
        arrival: false,
        origin,
        intact: (points: readonly { readonly row: SpineRow }[]) =>
          executeLambda(
            sides.stream,
            compiledOne,
            points.map((p) => p.row),
            atOnce,
          ),
      };
      return withCauses(given, spine, answered);
    },
    entities: sides.entities,
    streamOn: async (few, spine) => {
      const connection = await openDuckdb(threadsFor(few));
      try {
        const store = await openStore(
          connection,
          catalog.sources.filter((s) => feature.sources.includes(s.name)),
        );
        for (const name of feature.sources) await store.ingest(name, few.get(name)?.rows ?? []);
        return await executeLambda(connection, lambda, spine, atOnce);
      } finally {
        connection.close();
      }
    },
    evidence,
    origin,
    close: sides.close,
  };
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
