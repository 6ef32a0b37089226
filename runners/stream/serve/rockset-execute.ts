/** One lambda executed as clients of query lambdas ask for it: a compiled feature for one entity, or SQL as it was written. */
import { formatTimestamp, formatValue, type Printed } from '../../data/format-value.ts';
import { artifactType } from '../execute.ts';
import type { LambdaVersion } from '../registry/registry.ts';
import { RequestError } from '../request-error.ts';
import type { SqlAsking, SqlLambdas } from '../sql/sql-lambdas.ts';
import { member } from '../wire/tree.ts';
import type { Executions } from './executions.ts';
import { instantGiven } from './instant-given.ts';
import type { Metrics } from './metrics.ts';
import { entityOf, isFeature, printed, type Replica, requireRead, serve } from './replica.ts';
import { textOf } from './rockset-requests.ts';
import type { ServedLog } from './served-log.ts';

export interface Executing {
  readonly execute: (of: LambdaVersion, asking: SqlAsking, queryId: string, by: string) => Promise<object>;
}

interface Parts {
  readonly replica: Replica;
  readonly sqlLambdas: SqlLambdas;
  readonly log: ServedLog | null;
  readonly metrics: Metrics;
  readonly executions: Executions;
}

interface Found {
  readonly collections: readonly string[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly results: readonly object[];
  readonly stats: object;
}

export function openExecuting(parts: Parts): Executing {
  const { note } = parts.executions;
  return {
    execute: async (of, asking, queryId, by) => {
      const begun = performance.now();
      const at = new Date().toISOString();
      try {
        const { collections, columns, results, stats } = isFeature(of) ? await feature(parts, of, asking) : await sql(parts, of, asking);
        note(of.definition, { at, by, error: null });
        return {
          query_id: queryId,
          query_lambda_path: `${of.workspace}.${of.name}:${of.version}`,
          collections,
          column_fields: columns,
          results,
          results_total_doc_count: results.length,
          stats: { elapsed_time_ms: Math.round(performance.now() - begun), throttled_time_micros: 0, version: of.version, ...stats },
          warnings: [],
          status: 'COMPLETED',
        };
      } catch (thrown) {
        const error =
          thrown instanceof RequestError ? { type: thrown.type, message: thrown.message } : { type: 'INTERNALERROR', message: '' };
        note(of.definition, { at, by, error });
        throw thrown;
      }
    },
  };
}

async function sql({ sqlLambdas, replica }: Parts, { definition }: LambdaVersion, asking: SqlAsking): Promise<Found> {
  if (definition.kind !== 'sql') throw new Error('this is no SQL lambda');
  const collections = await sqlLambdas.check(definition);
  for (const source of replica.catalog.sources) if (collections.includes(source.name.toUpperCase())) requireRead(replica, source);
  await replica.store.written();
  const { columns, rows, waitedMicroseconds } = await sqlLambdas.execute(definition, asking);
  return { collections, columns, results: rows, stats: { throttled_time_micros: waitedMicroseconds } };
}

type Feature = LambdaVersion & { readonly definition: { readonly kind: 'feature' } };

async function feature({ replica, log, metrics }: Parts, of: Feature, { parameters }: SqlAsking): Promise<Found> {
  const begun = performance.now();
  const { artifact } = of.definition;
  const known = [...artifact.entity.map((e) => e.name), 'as_of'];
  const unknown = parameters.find((p) => !known.includes(p.name));
  if (unknown !== undefined)
    throw new RequestError('INVALIDINPUT', `${of.name} has no parameter ${unknown.name}`, `it has ${known.join(', ')}`);
  const given = Object.fromEntries(parameters.map(({ name, value }) => [name, textOf(name, value)]));
  const entity = entityOf(of, { value: given, exact: null }, member);
  const served = await serve(replica, of, [{ entity, asOf: instantGiven('as_of', given['as_of']) }]);
  log?.note(served);
  const [{ answer, seen } = { answer: undefined, seen: undefined }] = served;
  const failed = answer === undefined || 'error' in answer;
  metrics.answered(of.name, 1, failed ? 1 : 0, (performance.now() - begun) / 1000);
  if (answer === undefined) throw new RequestError('QUERY_ERROR', 'the query has no answer for this row');
  if ('error' in answer) throw answer.error;
  const asOf = formatTimestamp(answer.asOf);
  const keys = artifact.entity.map(({ name, type }, i): readonly [string, Printed] => {
    const is = artifactType(type);
    return [name, is === undefined ? null : formatValue(entity[i] ?? null, is)];
  });
  return {
    collections: artifact.sources.map((s) => s.name.toUpperCase()),
    columns: [...artifact.entity, { name: 'as_of', type: 'TIMESTAMP_NTZ' }, ...artifact.outputs],
    results: [{ ...Object.fromEntries(keys), as_of: asOf, ...printed(of, answer.values) }],
    stats: { as_of: asOf, watermark: seen === undefined || seen.watermark === null ? null : formatTimestamp(seen.watermark) },
  };
}
