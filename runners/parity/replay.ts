/** Replay mode: what batch says of T once everything arrived, against what the stream could say at T, with what had arrived by then. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog, Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { compiledLambda } from '../stored-lambda.ts';
import { executeAsArrived } from '../stream/arrivals.ts';
import type { StoredLambda } from '../stream/execute.ts';
import { openStore } from '../stream/store.ts';
import { compareForms } from './compare-forms.ts';
import { collectEvidence } from './evidence/collect.ts';
import { type Forms, once, originOf, withCauses } from './forms.ts';
import { knownEntities } from './sampling/population.ts';
import { openSides, threadsFor } from './sides.ts';

type Events = ReadonlyMap<string, SourceRows>;

export interface ReplayInputs {
  readonly batch: Events;
  /** In no order: at T the stream has seen the rows with `ingest_time` up to T. */
  readonly stream: Events;
}

export async function openReplay(compiled: CompiledFeature, lambda: StoredLambda, catalog: Catalog, inputs: ReplayInputs): Promise<Forms> {
  const { feature } = compiled;
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  const sides = await openSides(compiled, catalog, inputs.batch, inputs.stream);
  const evidence = once(() => collectEvidence(feature, catalog, inputs.batch, inputs.stream));
  const asServed = (of: StoredLambda, spine: readonly SpineRow[], events: Events = inputs.stream) => replayed(of, sources, events, spine);
  const origin = originOf(compiled, lambda, catalog);
  return {
    answer: async (spine, judged = () => true) => {
      const batch = await sides.batch(spine);
      const streamed = await asServed(lambda, spine);
      return {
        batchAgainstLambda: compareForms(feature, catalog, inputs.batch, spine, batch, streamed),
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
        arrival: true,
        origin,
        intact: (points: readonly { readonly row: SpineRow }[]) =>
          asServed(
            compiledOne,
            points.map((p) => p.row),
          ),
      };
      return withCauses(given, spine, answered);
    },
    entities: async (instants) => [...(await sides.entities(instants)), ...knownEntities(feature, catalog, inputs.stream, [])],
    streamOn: (events, spine) => asServed(lambda, spine, events),
    evidence,
    origin,
    close: sides.close,
  };
}

/** What a lambda says at each instant from what had arrived by then, in a store of its own. */
export async function replayed(
  lambda: StoredLambda,
  sources: readonly Source[],
  events: Events,
  spine: readonly SpineRow[],
): Promise<readonly (readonly Value[])[]> {
  const connection = await openDuckdb(threadsFor(events));
  return openStore(connection, sources)
    .then((store) => executeAsArrived(store, lambda, sources, events, spine, 256))
    .finally(() => connection.close());
}
