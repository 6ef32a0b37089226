/** Replay mode: what batch says of T once everything arrived, against what the stream could say at T, with what had arrived by then. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { SourceRows } from '../data/events.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { executeAsArrived } from '../stream/arrivals.ts';
import type { StoredLambda } from '../stream/execute.ts';
import { openStore } from '../stream/store.ts';
import { arrivalCauses, type Point } from './causes/arrival-causes.ts';
import { type Comparison, compare } from './compare.ts';
import type { Forms } from './logic.ts';
import { openSides } from './sides.ts';

export interface ReplayInputs {
  readonly batch: ReadonlyMap<string, SourceRows>;
  /** In no order: at T the stream has seen the rows with `ingest_time` up to T. */
  readonly stream: ReadonlyMap<string, SourceRows>;
  readonly tampered: boolean;
}

export async function openReplay(compiled: CompiledFeature, lambda: StoredLambda, catalog: Catalog, inputs: ReplayInputs): Promise<Forms> {
  const { feature } = compiled;
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  const sides = await openSides(compiled, catalog, inputs.batch, inputs.stream);
  return {
    answer: async (spine, judged = () => true) => {
      const batch = await sides.batch(spine);
      const connection = await openDuckdb();
      const asArrived = await openStore(connection, sources)
        .then((store) => executeAsArrived(store, lambda, sources, inputs.stream, spine, 256))
        .finally(() => connection.close());
      const points = spine.map((row, i): Point => ({ row, batch: batch[i] ?? [], stream: asArrived[i] ?? [] }));
      return {
        batchAgainstLambda: withCauses(compare(feature.outputs, batch, asArrived), points, (wrong, sound) =>
          arrivalCauses(feature, catalog, inputs, wrong, sound),
        ),
        referenceAgainstBatch: sides.judge(spine, batch, judged),
        batch,
        lambda: asArrived,
      };
    },
    entities: sides.entities,
    close: sides.close,
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
