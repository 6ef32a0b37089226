/** Logic mode: do batch, lambda and reference give the same value on the same events? */
import { batchPlanOf, type CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { duckdb } from '../../compiler/emit/dialect.ts';
import type { Value } from '../../compiler/value.ts';
import { entitiesAt } from '../batch/entities.ts';
import { evaluateBatch, loadRaw, stagedTable } from '../batch/evaluate.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { evaluateFeature } from '../reference/index.ts';
import { executeLambda, type StoredLambda } from '../stream/execute.ts';
import { openStore, storedTable } from '../stream/store.ts';
import { type Comparison, compare } from './compare.ts';

export interface LogicResult {
  readonly batchAgainstLambda: Comparison;
  /** The reference against batch, where it was asked. */
  readonly referenceAgainstBatch: Comparison;
  readonly batch: readonly (readonly Value[])[];
  readonly lambda: readonly (readonly Value[])[];
}

/** Each side with its own copy of the events, ingested in its own way. */
export interface Forms {
  /** `judged`: which rows the reference answers, too; by default all. It evaluates the whole query at each of their instants. */
  readonly answer: (spine: readonly SpineRow[], judged?: (row: SpineRow) => boolean) => Promise<LogicResult>;
  /** Entities with a row at some of the instants, on either side. */
  readonly entities: (instants: readonly bigint[]) => Promise<readonly (readonly Value[])[]>;
  readonly close: () => void;
}

export async function openForms(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
): Promise<Forms> {
  const { feature } = compiled;
  const warehouse = await openDuckdb();
  const stream = await openDuckdb();
  const close = (): void => {
    warehouse.close();
    stream.close();
  };
  try {
    await loadRaw(warehouse, catalog, feature.sources, events);
    const store = await openStore(
      stream,
      catalog.sources.filter((s) => feature.sources.includes(s.name)),
    );
    for (const source of feature.sources) await store.ingest(source, events.get(source)?.rows ?? []);
  } catch (error) {
    close();
    throw error;
  }
  return {
    answer: async (spine, judged = () => true) => {
      const batch = await evaluateBatch(warehouse, feature, batchPlanOf(feature, catalog), spine);
      const streamed = await executeLambda(stream, lambda, spine, 256);
      const places = spine.flatMap((row, i) => (judged(row) ? [i] : []));
      const at = <T>(rows: readonly T[]): readonly T[] => places.map((i) => rows[i] as T);
      const reference = evaluateFeature(feature, catalog, events, at(spine), { knowledge: 'event' });
      const oracle = compare(feature.outputs, at(batch), reference);
      return {
        batchAgainstLambda: compare(feature.outputs, batch, streamed),
        referenceAgainstBatch: { ...oracle, differences: oracle.differences.map((d) => ({ ...d, row: places[d.row] as number })) },
        batch,
        lambda: streamed,
      };
    },
    entities: async (instants) => [
      ...(await entitiesAt(warehouse, compiled, catalog, instants, (s) => stagedTable(s, duckdb))),
      ...(await entitiesAt(stream, compiled, catalog, instants, storedTable)),
    ],
    close,
  };
}

export async function compareLogic(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
): Promise<LogicResult> {
  const forms = await openForms(compiled, lambda, catalog, events);
  try {
    return await forms.answer(spine);
  } finally {
    forms.close();
  }
}
