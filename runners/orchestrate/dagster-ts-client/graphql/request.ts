/** One operation of GraphQL, and what Dagster says instead of what was asked for. */
import { type Json, jsonText } from '../json.ts';
import { DagsterRequestError, type DagsterServer, hidden, post } from '../server.ts';
import { documents, type Operations } from './operations.ts';

interface AnyResult {
  readonly __typename: string;
}

type Named<R extends AnyResult, N extends R['__typename']> = Extract<R, { readonly __typename: N }>;

type Root = { [N in keyof Operations]: Operations[N]['data'][keyof Operations[N]['data']] }[keyof Operations];

/** What Dagster can answer instead of a result, of all operations. */
export type ResultType = Exclude<
  Extract<Root, AnyResult>['__typename'],
  'LaunchRunSuccess' | 'TerminateRunSuccess' | 'Run' | 'RepositoryConnection'
>;

/** Dagster understood, and answers with one of its own errors. */
export class DagsterResultError extends Error {
  /** As the schema names it: `RunConfigValidationInvalid`, `PythonError`, … */
  readonly type: ResultType;
  /** What is wrong with the run's configuration, each with its path. */
  readonly problems: readonly ConfigProblem[];

  constructor(type: ResultType, message: string, problems: readonly ConfigProblem[]) {
    super(`${type}: ${message}`);
    this.name = 'DagsterResultError';
    this.type = type;
    this.problems = problems;
  }
}

export interface ConfigProblem {
  readonly message: string;
  /** From the root: `ops`, `load`, `config`, `rows`. */
  readonly path: readonly string[];
  readonly reason: string;
}

export async function ask<N extends keyof Operations>(
  server: DagsterServer,
  operationName: N,
  variables: Operations[N]['variables'],
  signal?: AbortSignal,
): Promise<Operations[N]['data']> {
  const body = jsonText({ query: documents[operationName], operationName, variables: variables as unknown as Json }, operationName);
  const { text } = await post(server, '/graphql', body, signal);
  const { data, errors } = answered(text);
  if (Array.isArray(errors) && errors.length > 0) {
    const messages = (errors as readonly { readonly message?: unknown }[]).map(({ message }) => String(message).slice(0, 300));
    throw new DagsterRequestError('graphql', 200, `${operationName}: ${hidden(server, messages.join('; '))}`);
  }
  if (typeof data !== 'object' || data === null) throw unreadable();
  return data as Operations[N]['data'];
}

function answered(text: string): { readonly data?: unknown; readonly errors?: unknown } {
  try {
    return Object(JSON.parse(text)) as { readonly data?: unknown; readonly errors?: unknown };
  } catch {
    throw unreadable();
  }
}

const unreadable = (): DagsterRequestError => new DagsterRequestError('unreadable', 200, 'what answers at /graphql is no Dagster');

/** The result of this name; any other is thrown. */
export function only<R extends AnyResult, N extends R['__typename']>(server: DagsterServer, result: R, name: N): Named<R, N> {
  if (result.__typename === name) return result as Named<R, N>;
  const { __typename: type, ...told } = result as Exclude<R, { readonly __typename: N }> & Told;
  const problems = (told.errors ?? []).map(problemOf);
  const message = told.message ?? (problems.map((problem) => problem.message).join('; ') || JSON.stringify(told));
  throw new DagsterResultError(type as ResultType, hidden(server, message), problems);
}

type ConfigError = Extract<Operations['LaunchRun']['data']['launchRun'], { readonly errors: unknown }>['errors'][number];

interface Told {
  readonly message?: string;
  readonly errors?: readonly ConfigError[];
}

const problemOf = ({ message, reason, stack }: ConfigError): ConfigProblem => ({
  message,
  reason,
  path: stack.entries.map((entry) =>
    String('fieldName' in entry ? entry.fieldName : 'listIndex' in entry ? entry.listIndex : entry.mapKey),
  ),
});
