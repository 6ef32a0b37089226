/** Where the context is and where messages go, as Dagster hands it to the process: in its environment or in its arguments. */
import { inflateSync } from 'node:zlib';
import { DagsterClientError } from '../client-error.ts';
import { type Json, type JsonObject, parseJson } from '../json.ts';

export interface PipesParameters {
  readonly context: JsonObject;
  readonly messages: JsonObject;
}

const names = {
  context: { variable: 'DAGSTER_PIPES_CONTEXT', argument: '--dagster-pipes-context' },
  messages: { variable: 'DAGSTER_PIPES_MESSAGES', argument: '--dagster-pipes-messages' },
} as const;

/** Null: Dagster did not start this process. Arguments count before the environment, which a process inherits. */
export function readParameters(env: Readonly<Record<string, string | undefined>>, argv: readonly string[]): PipesParameters | null {
  const { context, messages } = names;
  if (argumentIn(argv, context.argument) !== undefined)
    return {
      context: decoded(argumentIn(argv, context.argument), context.argument),
      messages: decoded(argumentIn(argv, messages.argument), messages.argument),
    };
  if (env[context.variable] === undefined) return null;
  return { context: decoded(env[context.variable], context.variable), messages: decoded(env[messages.variable], messages.variable) };
}

function argumentIn(argv: readonly string[], name: string): string | undefined {
  const at = argv.findLastIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  const found = argv[at];
  return found === name ? (argv[at + 1] ?? '') : found?.slice(name.length + 1);
}

/** Base64 of zlib of JSON. */
function decoded(value: string | undefined, name: string): JsonObject {
  if (value === undefined) throw new DagsterClientError(`${name} is missing: Dagster gives the context and the messages' place together`);
  let found: Json;
  try {
    found = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(inflateSync(Buffer.from(value, 'base64'))));
  } catch (cause) {
    throw new DagsterClientError(`${name} is not what Dagster writes: base64 of zlib of JSON`, { cause });
  }
  if (!isObject(found)) throw new DagsterClientError(`${name} holds no object`);
  return found;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
