/**
 * Points at which it shows that the two sides did not have the same rows: where such a row begins and ceases to count, by
 * either side's time, and when it arrived. They are in no rate; a fault that touches one entity in a thousand is seen here.
 */
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../compiler/check/checked.ts';
import type { Value } from '../../../compiler/value.ts';
import type { SourceRows } from '../../data/events.ts';
import { ingestPlace, timePlace } from '../../data/row-time.ts';
import type { SpineRow } from '../../data/spine.ts';
import type { Pair, PairClass } from '../evidence/pairs.ts';
import { type ProbeLimits, probesOf } from './probes.ts';

type Row = readonly Value[];

/** Lateness is looked at by the sample. `limits`: for each kind of difference of each source. */
export function differingProbes(
  feature: CheckedFeature,
  catalog: Catalog,
  pairs: ReadonlyMap<string, readonly Pair[]>,
  interval: readonly [from: bigint, to: bigint],
  others: readonly (readonly Value[])[],
  order: (nth: number) => number,
  limits: ProbeLimits,
): readonly SpineRow[] {
  return catalog.sources
    .filter((s) => feature.sources.includes(s.name))
    .flatMap((source) => {
      const differing = (pairs.get(source.name) ?? []).filter((p) => p.class !== null && p.class !== 'late');
      const kinds = [...new Set(differing.map((p) => p.class))];
      return kinds.flatMap((kind) => {
        const events = new Map([[source.name, momentsOf(source, differing, kind)]]);
        return probesOf(feature, catalog, events, interval, others, order, limits);
      });
    });
}

function momentsOf(source: Source, pairs: readonly Pair[], kind: PairClass | null): SourceRows {
  const [time, ingest] = [timePlace(source), ingestPlace(source)];
  const rows = pairs
    .filter((p) => p.class === kind)
    .flatMap(({ batch, stream, arrivedAt }) => [
      ...(batch === null ? [] : [batch, arriving(batch, batch[ingest])]),
      ...(stream === null ? [] : [stream, arriving(stream, arrivedAt)]),
    ]);
  /** As if it were dated when it arrived. */
  function arriving(row: Row, at: Value | undefined): Row {
    return typeof at === 'bigint' ? row.map((value, i) => (i === time ? at : value)) : row;
  }
  return { columns: source.columns.map((c) => c.name), rows };
}
