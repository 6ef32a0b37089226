/** Events of OpenLineage 2-0-2 as plain values: https://openlineage.io/spec/2-0-2/OpenLineage.json. Pure; all of it survives JSON. */

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
  readonly [key: string]: unknown;
}

export type Facets = Readonly<Record<string, Facet>>;

export interface JobName {
  readonly namespace: string;
  readonly name: string;
}

export interface Job extends JobName {
  readonly facets: Facets;
}

export interface DatasetName {
  readonly namespace: string;
  readonly name: string;
}

export interface Dataset extends DatasetName {
  readonly facets: Facets;
}

export interface InputDataset extends Dataset {
  readonly inputFacets: Facets;
}

export interface OutputDataset extends Dataset {
  readonly outputFacets: Facets;
}

export interface Data {
  readonly inputs: readonly InputDataset[];
  readonly outputs: readonly OutputDataset[];
}

export const noData: Data = { inputs: [], outputs: [] };

interface BaseEvent {
  /** RFC 3339. */
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
}

/** What is so by definition, whether or not anything runs. */
export interface JobEvent extends BaseEvent, Data {
  readonly job: Job;
}

export interface RunEvent extends BaseEvent, Data {
  readonly eventType: 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: Job;
}

export type LineageEvent = JobEvent | RunEvent;

export const eventSchema = (kind: 'JobEvent' | 'RunEvent'): string => `https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/${kind}`;

/** Who says it. A URI that is no address: nothing is to be fetched there. */
export const producerOf = (version: string): string => `urn:lockstep:${version}`;
