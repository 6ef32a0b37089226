/** What `materialize` fills, as runs of OpenLineage. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { Materialized } from '../batch/materialize/run.ts';
import { fillEnded, fillStarted, type Span } from '../orchestrate/lineage/materialize-runs.ts';
import type { Runs } from './lineage-runs.ts';

export interface Fill {
  /** Also of what was stopped. */
  readonly end: (filled: Materialized) => void;
  /** `message`: without values of rows. */
  readonly fail: (message: string) => void;
}

/** Null: nobody is told. `span`: what is to be computed, microseconds. */
export function fillsOf(
  runs: Runs | null,
  target: string,
  catalog: Catalog,
): (compiled: CompiledFeature, span: Span | null) => Fill | null {
  if (runs === null) return () => null;
  const { speaker, placeOf } = runs.lineage;
  const place = placeOf(target);
  return (compiled, span) => {
    const run = runs.start(fillStarted(compiled, place, catalog, span, speaker));
    return {
      end: (filled) => {
        const end = fillEnded(compiled, place, catalog, filled, speaker);
        if (filled.left > 0 || filled.dirty === null) run.abort(end);
        else run.complete(end);
      },
      fail: run.fail,
    };
  };
}
