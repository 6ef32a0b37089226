/** Logic mode: do batch, lambda and reference give the same value on the same events? */
import { batchPlanOf, type CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { evaluateBatch, loadRaw } from '../batch/evaluate.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { evaluateFeature } from '../reference/index.ts';
import { executeLambda, type StoredLambda } from '../stream/execute.ts';
import { openStore } from '../stream/store.ts';
import { type Comparison, compare } from './compare.ts';

export interface LogicResult {
  readonly batchAgainstLambda: Comparison;
  /** The reference against batch; it answers every point. */
  readonly referenceAgainstBatch: Comparison;
  readonly batch: readonly (readonly Value[])[];
  readonly lambda: readonly (readonly Value[])[];
  readonly reference: readonly (readonly Value[])[];
}

export async function compareLogic(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
): Promise<LogicResult> {
  const { feature } = compiled;
  const batch = await withDuckdb(async (connection) => {
    await loadRaw(connection, catalog, feature.sources, events);
    return evaluateBatch(connection, feature, batchPlanOf(feature, catalog), spine);
  });
  const streamed = await withDuckdb(async (connection) => {
    const store = await openStore(
      connection,
      catalog.sources.filter((s) => feature.sources.includes(s.name)),
    );
    for (const source of feature.sources) await store.ingest(source, events.get(source)?.rows ?? []);
    return executeLambda(connection, lambda, spine, 256);
  });
  const reference = evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' });
  return {
    batchAgainstLambda: compare(feature.outputs, batch, streamed),
    referenceAgainstBatch: compare(feature.outputs, batch, reference),
    batch,
    lambda: streamed,
    reference,
  };
}

async function withDuckdb<T>(run: (connection: Awaited<ReturnType<typeof openDuckdb>>) => Promise<T>): Promise<T> {
  const connection = await openDuckdb();
  try {
    return await run(connection);
  } finally {
    connection.close();
  }
}
