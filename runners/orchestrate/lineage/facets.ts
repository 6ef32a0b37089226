/** The facets of OpenLineage that Lockstep writes, in the versions of their schemas that the tests validate with. Pure. */
import type { DatasetName, Facet, JobName } from './event.ts';

/** Who says it, of a facet as of an event. */
export type Write = (schema: string, values: Readonly<Record<string, unknown>>) => Facet;

/** `schema`: `OwnershipJobFacet 1-0-1`, or an address of its own. */
export const writeAs =
  (producer: string): Write =>
  (schema, values) => ({ _producer: producer, _schemaURL: schemaUrl(schema), ...values });

function schemaUrl(schema: string): string {
  const [name, version] = schema.split(' ');
  return version === undefined ? schema : `https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`;
}

export const jobType = (write: Write, processing: 'BATCH' | 'SERVICE', type: string): Facet =>
  write('JobTypeJobFacet 2-0-4', { processingType: processing, integration: 'LOCKSTEP', jobType: type });

export const sql = (write: Write, query: string, dialect: 'snowflake' | 'duckdb'): Facet => write('SQLJobFacet 1-1-0', { query, dialect });

export const jobOwner = (write: Write, owner: string): Facet => write('OwnershipJobFacet 1-0-1', { owners: [{ name: owner }] });

export const datasetOwner = (write: Write, owner: string): Facet => write('OwnershipDatasetFacet 1-0-1', { owners: [{ name: owner }] });

export const jobDescription = (write: Write, description: string): Facet => write('DocumentationJobFacet 1-1-0', { description });

export const datasetDescription = (write: Write, description: string): Facet => write('DocumentationDatasetFacet 1-1-0', { description });

export const jobTags = (write: Write, tags: Readonly<Record<string, string>>): Facet =>
  write('TagsJobFacet 1-0-0', { tags: Object.entries(tags).map(([key, value]) => ({ key, value, source: 'LOCKSTEP' })) });

export const datasetVersion = (write: Write, version: string): Facet =>
  write('DatasetVersionDatasetFacet 1-0-1', { datasetVersion: version });

export interface Field {
  readonly name: string;
  readonly type: string;
}

export const schema = (write: Write, fields: readonly Field[]): Facet =>
  write('SchemaDatasetFacet 1-2-0', { fields: fields.map((field, i) => ({ ...field, ordinal_position: i + 1 })) });

export interface InputField extends DatasetName {
  readonly field: string;
}

/** `fields`: column to those that its value is made of; `others`: those that only decide which rows count. */
export const columnLineage = (write: Write, fields: ReadonlyMap<string, readonly InputField[]>, others: readonly InputField[]): Facet =>
  write('ColumnLineageDatasetFacet 1-2-0', {
    fields: Object.fromEntries([...fields].map(([name, inputFields]) => [name, { inputFields }])),
    dataset: others.map((field) => ({ ...field, transformations: [{ type: 'INDIRECT' }] })),
  });

export const rowCount = (write: Write, rows: number): Facet => write('OutputStatisticsOutputDatasetFacet 1-0-2', { rowCount: rows });

/** RFC 3339; the end is not in it. */
export const nominalTime = (write: Write, from: string, to: string): Facet =>
  write('NominalTimeRunFacet 1-0-1', { nominalStartTime: from, nominalEndTime: to });

/** `message`: without values of rows. */
export const errorMessage = (write: Write, message: string): Facet =>
  write('ErrorMessageRunFacet 1-0-1', { message, programmingLanguage: 'SQL' });

export const engine = (write: Write, version: string): Facet =>
  write('ProcessingEngineRunFacet 1-1-1', { name: 'Lockstep', version, openlineageAdapterVersion: version });

export interface RunName {
  readonly job: JobName;
  readonly runId: string;
}

export const parent = (write: Write, of: RunName, root: RunName): Facet =>
  write('ParentRunFacet 1-2-0', { ...runName(of), root: runName(root) });

const runName = ({ job: { namespace, name }, runId }: RunName) => ({ run: { runId }, job: { namespace, name } });
