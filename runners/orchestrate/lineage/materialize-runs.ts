/** A feature's table as a run filled it. Pure. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { versionedRelation } from '../../../compiler/artifacts/dbt/names.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { type Data, noData, type OutputDataset } from './event.ts';
import { datasetVersion, jobType, nominalTime, rowCount, type Write } from './facets.ts';
import { inputsOf, jobFacets, tableFacets } from './feature-facets.ts';
import type { Place } from './place.ts';
import { type Ended, jobName, type Speaker, type Started, writeFor } from './runs.ts';
import { instantText } from './times.ts';

/** Microseconds; the end is not in it. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Filled {
  /** From the first instant that was computed to behind the last; null: none was. */
  readonly span: Span | null;
  readonly rows: number;
  /** The version that the feature's name shows; null: no run has said. */
  readonly shown: string | null;
}

/** `span`: what is to be computed; null: nothing. */
export function fillStarted(
  compiled: CompiledFeature,
  place: Place | null,
  catalog: Catalog,
  span: Span | null,
  speaker: Speaker,
): Started {
  const write = writeFor(speaker);
  return {
    job: {
      ...jobName(speaker, 'materialize', compiled.feature.name),
      facets: { ...jobFacets(compiled, write), jobType: jobType(write, 'BATCH', 'MODEL') },
    },
    facets: timeOf(span, write),
    data: dataOf(compiled, place, catalog, null, write),
  };
}

export function fillEnded(compiled: CompiledFeature, place: Place | null, catalog: Catalog, filled: Filled, speaker: Speaker): Ended {
  const write = writeFor(speaker);
  return { facets: timeOf(filled.span, write), data: dataOf(compiled, place, catalog, filled, write) };
}

const timeOf = (span: Span | null, write: Write) =>
  span === null ? {} : { nominalTime: nominalTime(write, instantText(span.from), instantText(span.to)) };

/** The feature's name is an output where it shows what was filled. */
function dataOf(compiled: CompiledFeature, place: Place | null, catalog: Catalog, filled: Filled | null, write: Write): Data {
  if (place === null) return noData;
  const { feature, version } = compiled;
  const facets = { ...tableFacets(compiled, place, catalog, write), version: datasetVersion(write, version) };
  const table: OutputDataset = {
    ...place.relation([versionedRelation(feature.name, version)]),
    facets,
    outputFacets: filled === null ? {} : { outputStatistics: rowCount(write, filled.rows) },
  };
  const shown: OutputDataset = { ...place.relation([feature.name]), facets, outputFacets: {} };
  return { inputs: inputsOf(compiled, place, catalog), outputs: filled?.shown === version ? [table, shown] : [table] };
}
