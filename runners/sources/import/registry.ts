/** The newest schema of a subject, from a registry with Confluent's routes: asked once, as somebody waits. */
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import type { SchemaSettings } from '../../stream/schemas/settings.ts';
import { UsageError } from '../../usage-error.ts';

const patience = 10_000;

/** An Avro schema. UsageError for another kind, for no such subject, and where nobody answers. */
export async function newestSchema({ url, authorization }: SchemaSettings, subject: string): Promise<Json> {
  const headers = { accept: 'application/vnd.schemaregistry.v1+json', ...(authorization === null ? {} : { authorization }) };
  const path = `subjects/${encodeURIComponent(subject)}/versions/latest`;
  const response = await fetch(url + path, { headers, signal: AbortSignal.timeout(patience), redirect: 'manual' }).catch(
    (thrown: Error) => {
      const { code } = (thrown.cause ?? thrown) as { readonly code?: unknown };
      throw new UsageError(`the schema registry is not reached: ${typeof code === 'string' ? code : thrown.name}`);
    },
  );
  const body = (await response.json().catch(() => null)) as Json;
  if (response.status === 404 && isObject(body) && body['error_code'] === 40401)
    throw new UsageError(`the schema registry has no subject ${subject}`, 'values of a topic are usually called <topic>-value');
  if (!response.ok || !isObject(body) || typeof body['schema'] !== 'string')
    throw new UsageError(`the schema registry answers with status ${response.status}, and no schema`);
  const kind = body['schemaType'] ?? 'AVRO';
  if (kind !== 'AVRO') throw new UsageError(`the subject ${subject} has a schema of kind ${String(kind)}`, 'columns are drafted from Avro');
  try {
    return JSON.parse(body['schema']) as Json;
  } catch {
    return body['schema'];
  }
}
