/** Replay mode: what batch says of T once everything arrived, against what the stream could say at T, with what had arrived by then. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { evaluateFeature } from '../reference/index.ts';
import { executeAsArrived } from '../stream/arrivals.ts';
import type { StoredLambda } from '../stream/execute.ts';
import { openStore } from '../stream/store/store.ts';
import { type Forms, formsOf } from './forms.ts';
import { type Sides, threadsFor } from './sides.ts';

type Events = ReadonlyMap<string, SourceRows>;

/** The stream's rows are in no order: at T it has seen those with `ingest_time` up to T. */
export async function openReplay(compiled: CompiledFeature, lambda: StoredLambda, sides: Sides): Promise<Forms> {
  const sources = sides.catalog.sources.filter((s) => compiled.feature.sources.includes(s.name));
  const asked = async (of: StoredLambda, events: Events, spine: readonly SpineRow[]): Promise<readonly (readonly Value[])[]> =>
    sides.engines.stream === 'reference'
      ? evaluateFeature(compiled.feature, sides.catalog, events, spine, { knowledge: 'arrived' })
      : replayed(of, sources, events, spine);
  return formsOf({
    compiled,
    sides,
    own: await sides.of(compiled),
    lambda,
    arrival: true,
    ask: (of, spine) => asked(of, sides.stream, spine),
    streamOn: (events, spine) => asked(lambda, events, spine),
  });
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
