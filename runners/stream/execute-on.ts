/** A lambda on given rows, all of which have come. */
import type { Catalog } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import type { Connection } from '../engines/engine.ts';
import { executeLambda, type StoredLambda } from './execute.ts';
import { openStore } from './store/store.ts';

/** Makes the store's tables in `connection` anew. `sources`: those that the feature reads; `atOnce`: rows asked in one execution. */
export async function executeOn(
  connection: Connection,
  lambda: StoredLambda,
  catalog: Catalog,
  sources: readonly string[],
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
  atOnce = 256,
): Promise<readonly (readonly Value[])[]> {
  const store = await openStore(
    connection,
    catalog.sources.filter((s) => sources.includes(s.name)),
  );
  for (const name of sources) await store.ingest(name, events.get(name)?.rows ?? []);
  return executeLambda(connection, lambda, spine, atOnce);
}
