/** A feature as it was compared. Pure. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import type { FeatureReport } from '../../parity/report.ts';
import type { Data, Facets } from './event.ts';
import { jobType, nominalTime } from './facets.ts';
import { inputsOf, jobFacets, tableFacets } from './feature-facets.ts';
import type { Span } from './materialize-runs.ts';
import type { Place } from './place.ts';
import { type Ended, jobName, type Speaker, type Started, writeFor } from './runs.ts';
import { instantText } from './times.ts';
import { assertions, testFacet, verdictFacet } from './verdict-facet.ts';

/** Whose rows were batch's answers; null: nobody says where they are. */
export type ComparedTable =
  /** `relation`: null: the one that is called like the feature. The raw relations were read as well. */
  | { readonly kind: 'target'; readonly place: Place; readonly relation: readonly string[] | null }
  /** The feature by its name: files were read, and batch's form was asked. */
  | { readonly kind: 'declared'; readonly place: Place };

export interface Comparing {
  readonly compiled: CompiledFeature;
  readonly catalog: Catalog;
  readonly table: ComparedTable | null;
  /** That was asked for; null: all. */
  readonly span: Span | null;
  /** Under which a history keeps the run; null: none does. */
  readonly historyRun: string | null;
}

export function comparisonStarted({ compiled, catalog, table, span }: Comparing, speaker: Speaker): Started {
  const write = writeFor(speaker);
  return {
    job: {
      ...jobName(speaker, 'parity', compiled.feature.name),
      facets: { ...jobFacets(compiled, write), jobType: jobType(write, 'BATCH', 'PARITY') },
    },
    facets: timeOf(span, speaker),
    data: dataOf(compiled, catalog, table, {}, speaker),
  };
}

export function comparisonEnded(comparing: Comparing, report: FeatureReport, speaker: Speaker): Ended {
  const { compiled, catalog, table, span, historyRun } = comparing;
  const write = writeFor(speaker);
  return {
    facets: {
      ...timeOf(span, speaker),
      test: testFacet(report, write),
      lockstep_verdict: verdictFacet(report, historyRun, write),
    },
    data: dataOf(compiled, catalog, table, assertions(report, write), speaker),
  };
}

const timeOf = (span: Span | null, speaker: Speaker): Facets =>
  span === null ? {} : { nominalTime: nominalTime(writeFor(speaker), instantText(span.from), instantText(span.to)) };

function dataOf(compiled: CompiledFeature, catalog: Catalog, table: ComparedTable | null, found: Facets, speaker: Speaker): Data {
  if (table === null) return { inputs: [], outputs: [] };
  const { place } = table;
  const relation = table.kind === 'target' ? table.relation : null;
  const facets = tableFacets(compiled, place, catalog, writeFor(speaker));
  return {
    inputs: [
      { ...place.relation(relation ?? [compiled.feature.name]), facets, inputFacets: found },
      ...(table.kind === 'target' ? inputsOf(compiled, place, catalog) : []),
    ],
    outputs: [],
  };
}
