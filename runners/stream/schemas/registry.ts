/** Schemas by their ids, from a registry with Confluent's routes. One that is not reached is asked again, for as long as it takes. */
import { setTimeout as pause } from 'node:timers/promises';
import { isObject, type Json } from '../../../compiler/functions/json-values.ts';
import type { SchemaSettings } from './settings.ts';

export interface RegisteredSchema {
  readonly kind: 'avro' | 'json' | 'protobuf';
  readonly schema: Json;
  /** What it names, each after what that names. */
  readonly references: readonly Json[];
}

export interface SchemaRegistry {
  /** Null: the registry has no such id. */
  readonly schema: (id: number) => Promise<RegisteredSchema | null>;
  /** What is being asked for fails. */
  readonly close: () => void;
}

export interface RegistryTimes {
  /** Milliseconds between two tries: the first, and the longest. */
  readonly retry: readonly [number, number];
  /** Milliseconds for one try. */
  readonly patience: number;
}

const usual: RegistryTimes = { retry: [200, 5_000], patience: 10_000 };

/** `say`: when it is no longer reached, and when it is again. */
export function openSchemaRegistry(
  { url, authorization }: SchemaSettings,
  say: (line: string) => void,
  { retry, patience }: RegistryTimes = usual,
): SchemaRegistry {
  const closing = new AbortController();
  const headers = { accept: 'application/vnd.schemaregistry.v1+json', ...(authorization === null ? {} : { authorization }) };
  let reached = true;
  const get = async (path: string): Promise<Json> => {
    for (let wait = retry[0]; ; wait = Math.min(wait * 2, retry[1])) {
      closing.signal.throwIfAborted();
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patience)]);
      const answer = await fetch(url + path, { headers, signal, redirect: 'manual' }).then(answerOf, (error: unknown) => ({
        problem: problemOf(error),
      }));
      if (!('problem' in answer)) {
        if (!reached) say('the schema registry answers again');
        reached = true;
        return answer.body;
      }
      closing.signal.throwIfAborted();
      if (reached) say(`the schema registry does not answer, and messages wait for it: ${answer.problem}`);
      reached = false;
      await pause(wait, undefined, { signal: closing.signal });
    }
  };
  return {
    schema: async (id) => {
      const found = await get(`schemas/ids/${id}`);
      return found === null ? null : registered(found, get);
    },
    close: () => closing.abort(new Error('the schema registry is asked no more')),
  };
}

type Answer = { readonly body: Json } | { readonly problem: string };

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json().catch(() => undefined)) as Json | undefined;
  if (response.ok && body !== undefined) return { body };
  // Any other 404 is a wrong address, and no word on the schema.
  const code = isObject(body) ? body['error_code'] : undefined;
  return response.status === 404 && typeof code === 'number' && code >= 40400 ? { body: null } : { problem: `status ${response.status}` };
}

function problemOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as { readonly code?: unknown }).code;
  return typeof code === 'string' ? code : cause instanceof Error ? cause.name : 'not reached';
}

const kinds: Readonly<Record<string, RegisteredSchema['kind']>> = { AVRO: 'avro', JSON: 'json', PROTOBUF: 'protobuf' };

/** Null: it names a schema that the registry does not have, or is none. */
async function registered(found: Json, get: (path: string) => Promise<Json>): Promise<RegisteredSchema | null> {
  const type = isObject(found) ? (found['schemaType'] ?? 'AVRO') : null;
  const kind = typeof type === 'string' ? kinds[type] : undefined;
  if (kind === undefined) return null;
  if (kind === 'protobuf') return { kind, schema: null, references: [] };
  const references: Json[] = [];
  const schema = await schemaIn(found, get, references, new Set());
  return schema === undefined ? null : { kind, schema, references };
}

/** Its own schema; what it names is put into `references`, once each. */
async function schemaIn(
  found: Json,
  get: (path: string) => Promise<Json>,
  references: Json[],
  seen: Set<string>,
): Promise<Json | undefined> {
  if (!isObject(found) || typeof found['schema'] !== 'string') return undefined;
  for (const reference of Array.isArray(found['references']) ? found['references'] : []) {
    if (!isObject(reference)) return undefined;
    const path = `subjects/${encodeURIComponent(String(reference['subject']))}/versions/${Number(reference['version'])}`;
    if (seen.has(path)) continue;
    seen.add(path);
    const named = await schemaIn(await get(path), get, references, seen);
    if (named === undefined) return undefined;
    references.push(named);
  }
  try {
    return JSON.parse(found['schema']) as Json;
  } catch {
    // A bare name, as in: string
    return found['schema'];
  }
}
