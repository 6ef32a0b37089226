/** Two sides with their own copy of the events, each ingested in its own way and once for all features, and the reference beside them. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import type { Catalog, Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { entitiesAt, foundAmong } from '../batch/entities.ts';
import { evaluateBatch, loadRaw, stagedTable } from '../batch/evaluate.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { type BatchEngine, openBatchEngine } from '../engines/batch-engines.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import type { Connection } from '../engines/engine.ts';
import { engineVersion } from '../engines/engine-version.ts';
import { evaluateFeature } from '../reference/index.ts';
import { openStore } from '../stream/store/store.ts';
import { storedTable } from '../stream/store/tables.ts';
import type { BuiltTable } from './causes/built-table.ts';
import type { Comparison } from './compare.ts';
import { compareForms } from './compare-forms.ts';
import { type Meter, metered } from './meter.ts';

type Events = ReadonlyMap<string, SourceRows>;

/** What both sides have, for any number of features. */
export interface Sides {
  readonly catalog: Catalog;
  readonly batch: Events;
  readonly stream: Events;
  readonly engines: SideEngines;
  /** What answers, as the engines say it themselves. */
  readonly versions: () => Promise<{ readonly batchEngine: string; readonly streamEngine: string }>;
  /** A source that no feature has read before is loaded now. */
  readonly of: (compiled: CompiledFeature) => Promise<FeatureSides>;
  readonly close: () => void;
}

export interface FeatureSides {
  readonly batch: (spine: readonly SpineRow[]) => Promise<readonly (readonly Value[])[]>;
  /** The reference, given batch's events, against batch's answers; rows that are not `judged` are left out. */
  readonly judge: (spine: readonly SpineRow[], batch: readonly (readonly Value[])[], judged: (row: SpineRow) => boolean) => Comparison;
  /** Of which points a table has a row; undefined: none is in batch's place. */
  readonly inTable: ((row: SpineRow) => boolean) | undefined;
  /** Of a table that our models fill. */
  readonly built: BuiltTable | undefined;
  /** Those of the points of which a table should have a row: the feature's query returns one of what the warehouse has, or its universe has the entity. */
  readonly found: (points: readonly SpineRow[]) => Promise<readonly SpineRow[]>;
  /** The event store with everything that the stream ever had. */
  readonly stream: Connection;
  /** Entities with a row at some of the instants, on either side. */
  readonly entities: (instants: readonly bigint[]) => Promise<readonly (readonly Value[])[]>;
}

/** Starting threads costs more than a small world takes. */
export function threadsFor(events: Events): { readonly threads?: number } {
  const rows = [...events.values()].reduce((n, source) => n + source.rows.length, 0);
  return rows < 100_000 ? { threads: 1 } : {};
}

/** What answers on each side. The lambdas that compile writes are DuckDB's. */
export interface SideEngines {
  readonly batch: BatchEngine | 'reference';
  readonly stream: 'duckdb' | 'reference';
}

/** `batch`, `stream`: rows of every source that a feature will ask for. */
export async function openSides(
  catalog: Catalog,
  batch: Events,
  stream: Events,
  engines: SideEngines = { batch: 'duckdb', stream: 'duckdb' },
  meter?: Meter,
): Promise<Sides> {
  const threads = threadsFor(batch);
  // Which entities there are is asked of an engine in any case.
  const counted = (connection: Connection): Connection => (meter === undefined ? connection : metered(connection, meter));
  const warehouse = counted(await openBatchEngine(engines.batch === 'reference' ? 'duckdb' : engines.batch, threads));
  const store = counted(await openDuckdb(threads));
  const loaded = new Set<string>();
  const load = async (source: Source): Promise<void> => {
    if (loaded.has(source.name)) return;
    await loadRaw(warehouse, catalog, [source.name], batch);
    await (await openStore(store, [source])).ingest(source.name, stream.get(source.name)?.rows ?? []);
    loaded.add(source.name);
  };
  return {
    catalog,
    batch,
    stream,
    engines,
    versions: async () => ({
      batchEngine: engines.batch === 'reference' ? 'reference' : await engineVersion(warehouse),
      streamEngine: engines.stream === 'reference' ? 'reference' : await engineVersion(store),
    }),
    of: async (compiled) => {
      for (const source of catalog.sources.filter((s) => compiled.feature.sources.includes(s.name))) await load(source);
      return sidesOf(compiled, { catalog, warehouse, store, events: batch, asked: engines.batch });
    },
    close: () => {
      warehouse.close();
      store.close();
    },
  };
}

interface Engines {
  readonly catalog: Catalog;
  readonly warehouse: Connection;
  readonly store: Connection;
  /** Those of batch. */
  readonly events: Events;
  readonly asked: SideEngines['batch'];
}

function sidesOf(compiled: CompiledFeature, { catalog, warehouse, store, events, asked }: Engines): FeatureSides {
  const { feature } = compiled;
  return {
    batch: async (spine) =>
      asked === 'reference'
        ? evaluateFeature(feature, catalog, events, spine, { knowledge: 'event' })
        : evaluateBatch(warehouse, feature, batchPlanOf(feature, catalog), spine),
    judge: (spine, batch, judged) => {
      const places = spine.flatMap((row, i) => (judged(row) ? [i] : []));
      const at = <T>(rows: readonly T[]): readonly T[] => places.map((i) => rows[i] as T);
      const reference = evaluateFeature(feature, catalog, events, at(spine), { knowledge: 'event' });
      const comparison = compareForms(feature, catalog, events, at(spine), at(batch), reference);
      return { ...comparison, differences: comparison.differences.map((d) => ({ ...d, row: places[d.row] as number })) };
    },
    inTable: undefined,
    built: undefined,
    found: (points) => foundAmong(warehouse, compiled, catalog, points, (s) => stagedTable(s, warehouse.dialect)),
    stream: store,
    entities: async (instants) => [
      ...(await entitiesAt(warehouse, compiled, catalog, instants, (s) => stagedTable(s, warehouse.dialect))),
      ...(await entitiesAt(store, compiled, catalog, instants, storedTable)),
    ],
  };
}
