/** What features are by definition: for each the job that fills its table, and the lambda that answers for it. Nothing runs. Pure. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import { type Data, type DatasetName, eventSchema, type JobEvent, noData, producerOf } from './event.ts';
import { jobType, sql } from './facets.ts';
import { inputsOf, jobFacets, tableFacets } from './feature-facets.ts';
import type { Place } from './place.ts';
import { jobName, type Speaker, writeFor } from './runs.ts';

export interface Written {
  readonly compiled: CompiledFeature;
  /** As its author wrote it, below the header. */
  readonly sql: string;
}

export interface Whereabouts {
  readonly catalog: Catalog;
  /** Null: nobody says where tables are. */
  readonly place: Place | null;
  /** `host:port` of a broker; null: nobody says which. */
  readonly broker: string | null;
}

/** `at`: RFC 3339. */
export function compileEvents(features: readonly Written[], where: Whereabouts, speaker: Speaker, at: string): readonly JobEvent[] {
  const said = { eventTime: at, producer: producerOf(speaker.version), schemaURL: eventSchema('JobEvent') };
  return features.flatMap((written): readonly JobEvent[] => [
    { ...said, ...tableJob(written, where, speaker) },
    { ...said, ...lambdaJob(written, where, speaker) },
  ]);
}

type Described = Pick<JobEvent, 'job' | 'inputs' | 'outputs'>;

function tableJob({ compiled, sql: text }: Written, { catalog, place }: Whereabouts, speaker: Speaker): Described {
  const write = writeFor(speaker);
  const { name } = compiled.feature;
  const data = (there: Place): Data => ({
    inputs: inputsOf(compiled, there, catalog),
    outputs: [{ ...there.relation([name]), facets: tableFacets(compiled, there, catalog, write), outputFacets: {} }],
  });
  return {
    job: {
      ...jobName(speaker, 'materialize', name),
      facets: { ...jobFacets(compiled, write), jobType: jobType(write, 'BATCH', 'MODEL'), sql: sql(write, text.trim(), 'snowflake') },
    },
    ...(place === null ? noData : data(place)),
  };
}

function lambdaJob({ compiled }: Written, { catalog, broker }: Whereabouts, speaker: Speaker): Described {
  const write = writeFor(speaker);
  const { feature, lambdaSql } = compiled;
  const read = catalog.sources.filter((s) => feature.sources.includes(s.name));
  return {
    job: {
      ...jobName(speaker, 'lambda', feature.name),
      facets: {
        ...jobFacets(compiled, write),
        jobType: jobType(write, 'SERVICE', 'QUERY_LAMBDA'),
        sql: sql(write, lambdaSql.trim(), 'duckdb'),
      },
    },
    inputs: read.flatMap((source) => topicOf(source, broker)).map((topic) => ({ ...topic, facets: {}, inputFacets: {} })),
    outputs: [],
  };
}

const topicOf = ({ topic }: Source, broker: string | null): readonly DatasetName[] =>
  topic === null || broker === null ? [] : [{ namespace: `kafka://${broker}`, name: topic }];
