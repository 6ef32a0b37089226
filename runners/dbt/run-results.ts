/** run_results.json of dbt: what became of each node. */
import { isObject, type Json } from '../../compiler/functions/json-values.ts';
import { EngineError } from '../engines/engine.ts';
import type { NodeResult } from './job.ts';

export interface RunResults {
  readonly invocation: string;
  readonly nodes: readonly NodeResult[];
}

/** dbt 1.8 to 1.11 and Fusion write v6, and only further keys since v4. */
const versions = /\/run-results\/v[456]\.json$/;

export function runResults(text: string): RunResults {
  const file = parsed(text);
  const metadata = isObject(file) ? file['metadata'] : undefined;
  const results = isObject(file) ? file['results'] : undefined;
  const invocation = isObject(metadata) ? metadata['invocation_id'] : undefined;
  const schema = isObject(metadata) ? metadata['dbt_schema_version'] : undefined;
  if (!Array.isArray(results) || typeof invocation !== 'string' || typeof schema !== 'string')
    throw new EngineError('dbt', 'what it wrote as run_results.json is none');
  if (!versions.test(schema))
    throw new EngineError('dbt', `its run_results.json is of ${schema}`, 'those of version 4 to 6 are read: dbt 1.8 and later write them');
  return { invocation, nodes: (results as readonly Json[]).map(nodeOf) };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw new EngineError('dbt', 'its run_results.json is no JSON: was it being written?');
  }
}

function nodeOf(result: Json): NodeResult {
  const [id, status] = isObject(result) ? [result['unique_id'], result['status']] : [];
  if (!isObject(result) || typeof id !== 'string' || typeof status !== 'string')
    throw new EngineError('dbt', 'its run_results.json has a result without unique_id and status');
  const adapter = isObject(result['adapter_response']) ? result['adapter_response'] : {};
  const [message, seconds, rows, queryId] = [result['message'], result['execution_time'], adapter['rows_affected'], adapter['query_id']];
  return {
    id,
    status,
    message: typeof message === 'string' ? message : null,
    seconds: Number(seconds ?? 0),
    rows: rows === undefined || rows === null ? null : Number(rows),
    queryId: typeof queryId === 'string' && queryId !== '' ? queryId : null,
  };
}
