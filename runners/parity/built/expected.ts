/** At which instants a table of our models should hold rows: those of its grid, between the first and the last, whether or not a run computed them. */

import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { stepOf } from '../../../compiler/artifacts/dbt/grid-model.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { tickFrom } from '../../batch/materialize/grid.ts';
import type { BatchTable, Built } from '../../data/batch-table.ts';
import type { SourceRows } from '../../data/events.ts';
import type { Expected } from '../sampling/asked-points.ts';
import { computed } from './runs.ts';
import { sinceBuilt } from './since-built.ts';

export interface Looked {
  readonly catalog: Catalog;
  /** What the warehouse has. */
  readonly events: ReadonlyMap<string, SourceRows>;
  /** That is asked for, whatever the table holds of it. */
  readonly interval: readonly [from: bigint, to: bigint] | undefined;
  /** Microseconds. */
  readonly now: bigint;
}

export function expectedOf(compiled: CompiledFeature, { points }: BatchTable, built: Built, looked: Looked): Expected {
  const every = stepOf(compiled.feature);
  const { dueTo, isInFlight } = sinceBuilt(compiled, looked.catalog, built, looked.events, looked.now);
  const span =
    looked.interval ??
    spanOf(
      points.map((p) => p.asOf),
      computed(built),
      dueTo,
    );
  if (span === undefined) return { instants: [], isInFlight };
  const first = tickFrom(span[0], every);
  const count = Number(tickFrom(span[1], every) - first);
  return { instants: Array.from({ length: Math.max(0, count) }, (_, i) => (first + BigInt(i)) * every), isInFlight };
}

type Span = readonly [from: bigint, to: bigint];

function spanOf(instants: readonly bigint[], runs: Span | undefined, dueTo: bigint | null): Span | undefined {
  const ends: Span[] = instants.map((at) => [at, at + 1n]);
  if (runs !== undefined) ends.push(runs);
  const [first, ...others] = ends;
  if (first === undefined) return undefined;
  const [from, to] = others.reduce<Span>(([a, b], [c, d]) => [c < a ? c : a, d > b ? d : b], first);
  return [from, dueTo !== null && dueTo > to ? dueTo : to];
}
