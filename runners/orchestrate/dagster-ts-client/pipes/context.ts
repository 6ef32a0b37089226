/** What Dagster says of the step that started the process. */
import { readFileSync } from 'node:fs';
import { DagsterClientError } from '../client-error.ts';
import { type Json, type JsonObject, parseJson } from '../json.ts';
import { isObject } from './parameters.ts';

export interface PipesContext {
  /** Null if the step is of no assets. Slashes are between the parts, escaped with a backslash within. */
  readonly assetKeys: readonly string[] | null;
  /** The asset of a step of one. */
  readonly assetKey: string | null;
  readonly codeVersionByAssetKey: Readonly<Record<string, string | null>> | null;
  readonly provenanceByAssetKey: Readonly<Record<string, PipesProvenance | null>> | null;
  /** Null if there is none, or several. */
  readonly partitionKey: string | null;
  readonly partitionKeyRange: PipesRange | null;
  /** ISO 8601 with an offset; null also if partitions are not of time. */
  readonly partitionTimeWindow: PipesRange | null;
  readonly runId: string;
  readonly jobName: string | null;
  readonly retryNumber: number;
  /** Integers that no number holds exactly are bigints. */
  readonly extras: JsonObject;
}

export interface PipesProvenance {
  readonly codeVersion: string;
  readonly inputDataVersions: Readonly<Record<string, string>>;
  readonly isUserProvided: boolean;
}

export interface PipesRange {
  readonly start: string;
  readonly end: string;
}

/** From the file or the data that the parameters name. */
export function loadContext(parameters: JsonObject): PipesContext {
  if (typeof parameters['path'] === 'string') {
    const text = readFileSync(parameters['path'], 'utf8');
    return contextOf(parseJson(text));
  }
  if (isObject(parameters['data'])) return contextOf(parameters['data']);
  throw new DagsterClientError(`the context is in ${Object.keys(parameters).join(', ') || 'nothing'}: only path and data are known here`);
}

function contextOf(data: Json): PipesContext {
  if (!isObject(data)) throw new DagsterClientError('the context is no object');
  const assetKeys = orNull(data['asset_keys'], (keys) => list(keys, 'asset_keys').map((key) => text(key, 'asset_keys')));
  const retryNumber = data['retry_number'] ?? 0;
  if (typeof retryNumber !== 'number') throw wrong('retry_number');
  return {
    assetKeys,
    assetKey: assetKeys?.length === 1 ? (assetKeys[0] ?? null) : null,
    codeVersionByAssetKey: orNull(data['code_version_by_asset_key'], (of) =>
      each(of, 'code_version_by_asset_key', (version) => orNull(version, (given) => text(given, 'code_version_by_asset_key'))),
    ),
    provenanceByAssetKey: orNull(data['provenance_by_asset_key'], (of) =>
      each(of, 'provenance_by_asset_key', (provenance) => orNull(provenance, provenanceOf)),
    ),
    partitionKey: orNull(data['partition_key'], (key) => text(key, 'partition_key')),
    partitionKeyRange: orNull(data['partition_key_range'], (range) => rangeOf(range, 'partition_key_range')),
    partitionTimeWindow: orNull(data['partition_time_window'], (range) => rangeOf(range, 'partition_time_window')),
    runId: text(data['run_id'], 'run_id'),
    jobName: orNull(data['job_name'], (name) => text(name, 'job_name')),
    retryNumber,
    extras: orNull(data['extras'], (extras) => object(extras, 'extras')) ?? {},
  };
}

const orNull = <T>(value: Json | undefined, read: (value: Json) => T): T | null =>
  value === null || value === undefined ? null : read(value);

const wrong = (name: string): DagsterClientError => new DagsterClientError(`the context's ${name} is not as the Pipes protocol has it`);

function text(value: Json | undefined, name: string): string {
  if (typeof value !== 'string') throw wrong(name);
  return value;
}

function list(value: Json, name: string): readonly Json[] {
  if (!Array.isArray(value)) throw wrong(name);
  return value as readonly Json[];
}

function object(value: Json, name: string): JsonObject {
  if (!isObject(value)) throw wrong(name);
  return value;
}

const each = <T>(value: Json, name: string, read: (value: Json) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(object(value, name)).map(([key, of]) => [key, read(of)]));

function rangeOf(value: Json, name: string): PipesRange {
  const range = object(value, name);
  return { start: text(range['start'], name), end: text(range['end'], name) };
}

function provenanceOf(value: Json): PipesProvenance {
  const of = object(value, 'provenance_by_asset_key');
  if (typeof of['is_user_provided'] !== 'boolean') throw wrong('provenance_by_asset_key');
  return {
    codeVersion: text(of['code_version'], 'provenance_by_asset_key'),
    inputDataVersions: each(of['input_data_versions'] ?? {}, 'provenance_by_asset_key', (version) =>
      text(version, 'provenance_by_asset_key'),
    ),
    isUserProvided: of['is_user_provided'],
  };
}
