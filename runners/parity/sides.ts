/** Two sides with their own copy of the events, each ingested in its own way, and the reference beside them. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { duckdb } from '../../compiler/emit/dialect.ts';
import type { Value } from '../../compiler/value.ts';
import { entitiesAt } from '../batch/entities.ts';
import { evaluateBatch, loadRaw, stagedTable } from '../batch/evaluate.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import type { Connection } from '../engines/engine.ts';
import { evaluateFeature } from '../reference/index.ts';
import { openStore, storedTable } from '../stream/store.ts';
import type { Comparison } from './compare.ts';
import { compareForms } from './compare-forms.ts';

type Events = ReadonlyMap<string, SourceRows>;

export interface Sides {
  readonly batch: (spine: readonly SpineRow[]) => Promise<readonly (readonly Value[])[]>;
  /** The reference, given batch's events, against batch's answers; rows that are not `judged` are left out. */
  readonly judge: (spine: readonly SpineRow[], batch: readonly (readonly Value[])[], judged: (row: SpineRow) => boolean) => Comparison;
  /** The event store with everything that the stream ever had. */
  readonly stream: Connection;
  /** Entities with a row at some of the instants, on either side. */
  readonly entities: (instants: readonly bigint[]) => Promise<readonly (readonly Value[])[]>;
  readonly close: () => void;
}

/** Starting threads costs more than a small world takes. */
export function threadsFor(events: Events): { readonly threads?: number } {
  const rows = [...events.values()].reduce((n, source) => n + source.rows.length, 0);
  return rows < 100_000 ? { threads: 1 } : {};
}

export async function openSides(compiled: CompiledFeature, catalog: Catalog, batchEvents: Events, streamEvents: Events): Promise<Sides> {
  const { feature } = compiled;
  const threads = threadsFor(batchEvents);
  const warehouse = await openDuckdb(threads);
  const stream = await openDuckdb(threads);
  const close = (): void => {
    warehouse.close();
    stream.close();
  };
  try {
    await loadRaw(warehouse, catalog, feature.sources, batchEvents);
    const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
    const store = await openStore(stream, sources);
    for (const { name } of sources) await store.ingest(name, streamEvents.get(name)?.rows ?? []);
  } catch (error) {
    close();
    throw error;
  }
  return {
    batch: (spine) => evaluateBatch(warehouse, feature, batchPlanOf(feature, catalog), spine),
    judge: (spine, batch, judged) => {
      const places = spine.flatMap((row, i) => (judged(row) ? [i] : []));
      const at = <T>(rows: readonly T[]): readonly T[] => places.map((i) => rows[i] as T);
      const reference = evaluateFeature(feature, catalog, batchEvents, at(spine), { knowledge: 'event' });
      const comparison = compareForms(feature, catalog, batchEvents, at(spine), at(batch), reference);
      return { ...comparison, differences: comparison.differences.map((d) => ({ ...d, row: places[d.row] as number })) };
    },
    stream,
    entities: async (instants) => [
      ...(await entitiesAt(warehouse, compiled, catalog, instants, (s) => stagedTable(s, duckdb))),
      ...(await entitiesAt(stream, compiled, catalog, instants, storedTable)),
    ],
    close,
  };
}
