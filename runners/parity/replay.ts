/** Replay mode: what batch says of T once everything arrived, against what the stream could say at T, with what had arrived by then. */
import { batchPlanOf, type CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { duckdb } from '../../compiler/emit/dialect.ts';
import { entitiesAt } from '../batch/entities.ts';
import { evaluateBatch, loadRaw, stagedTable } from '../batch/evaluate.ts';
import type { SourceRows } from '../data/events.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { evaluateFeature } from '../reference/index.ts';
import { executeAsArrived } from '../stream/arrivals.ts';
import type { StoredLambda } from '../stream/execute.ts';
import { openStore, storedTable } from '../stream/store.ts';
import { arrivalCauses, type Point } from './causes/arrival-causes.ts';
import { type Comparison, compare } from './compare.ts';
import type { Forms } from './logic.ts';

export interface ReplayInputs {
  readonly batch: ReadonlyMap<string, SourceRows>;
  /** In no order: at T the stream has seen the rows with `ingest_time` up to T. */
  readonly stream: ReadonlyMap<string, SourceRows>;
  readonly tampered: boolean;
}

export async function openReplay(compiled: CompiledFeature, lambda: StoredLambda, catalog: Catalog, inputs: ReplayInputs): Promise<Forms> {
  const { feature } = compiled;
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  const warehouse = await openDuckdb();
  const everything = await openDuckdb();
  const close = (): void => {
    warehouse.close();
    everything.close();
  };
  try {
    await loadRaw(warehouse, catalog, feature.sources, inputs.batch);
    const store = await openStore(everything, sources);
    for (const { name } of sources) await store.ingest(name, inputs.stream.get(name)?.rows ?? []);
  } catch (error) {
    close();
    throw error;
  }
  return {
    answer: async (spine, judged = () => true) => {
      const batch = await evaluateBatch(warehouse, feature, batchPlanOf(feature, catalog), spine);
      const connection = await openDuckdb();
      const lambdaAnswers = await openStore(connection, sources)
        .then((store) => executeAsArrived(store, lambda, sources, inputs.stream, spine, 256))
        .finally(() => connection.close());
      const places = spine.flatMap((row, i) => (judged(row) ? [i] : []));
      const at = <T>(rows: readonly T[]): readonly T[] => places.map((i) => rows[i] as T);
      const oracle = compare(
        feature.outputs,
        at(batch),
        evaluateFeature(feature, catalog, inputs.batch, at(spine), { knowledge: 'event' }),
      );
      const points = spine.map((row, i): Point => ({ row, batch: batch[i] ?? [], stream: lambdaAnswers[i] ?? [] }));
      return {
        batchAgainstLambda: withCauses(compare(feature.outputs, batch, lambdaAnswers), points, (wrong, sound) =>
          arrivalCauses(feature, catalog, inputs, wrong, sound),
        ),
        referenceAgainstBatch: { ...oracle, differences: oracle.differences.map((d) => ({ ...d, row: places[d.row] as number })) },
        batch,
        lambda: lambdaAnswers,
      };
    },
    entities: async (instants: readonly bigint[]) => [
      ...(await entitiesAt(warehouse, compiled, catalog, instants, (s) => stagedTable(s, duckdb))),
      ...(await entitiesAt(everything, compiled, catalog, instants, storedTable)),
    ],
    close,
  };
}

function withCauses(
  comparison: Comparison,
  points: readonly Point[],
  find: (wrong: readonly Point[], sound: readonly Point[]) => ReturnType<typeof arrivalCauses>,
): Comparison {
  const places = [...new Set(comparison.differences.map((d) => d.row))];
  const bad = new Set(places);
  const causes = find(
    places.map((i) => points[i] as Point),
    points.filter((_, i) => !bad.has(i)),
  );
  const byPlace = new Map(places.map((place, i) => [place, causes[i]]));
  return { ...comparison, differences: comparison.differences.map((d) => ({ ...d, cause: byPlace.get(d.row) })) };
}
