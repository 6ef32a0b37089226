/** Lambdas, versions and tags as clients of query lambdas know them. */
import type { Definition } from '../registry/journal.ts';
import { type Lambda, type LambdaVersion, latest } from '../registry/registry.ts';
import { RequestError } from '../request-error.ts';
import type { Execution } from './executions.ts';

/** What is known of a definition beside itself. */
export interface About {
  /** Refused with QUERY_ERROR if it cannot run here. */
  readonly tables: (definition: Definition) => Promise<readonly string[]>;
  readonly lastExecution: (definition: Definition) => Execution | undefined;
}

export async function versionShape({ tables, lastExecution }: About, version: LambdaVersion): Promise<object> {
  const { definition } = version;
  const found = await tables(definition).catch((thrown: unknown) => {
    if (thrown instanceof RequestError) return null;
    throw thrown;
  });
  const last = lastExecution(definition);
  return {
    workspace: version.workspace,
    name: version.name,
    version: version.version,
    created_at: version.createdAt,
    created_by: version.createdBy,
    created_by_apikey_name: version.createdBy,
    description: version.description,
    sql: { query: definition.sql, default_parameters: definition.kind === 'sql' ? definition.parameters : [] },
    collections: found ?? [],
    state: found === null ? 'INVALID_SQL' : 'ACTIVE',
    stats: {
      last_executed: last?.at ?? null,
      last_executed_by: last?.by ?? null,
      last_execution_error: last?.error?.type ?? null,
      last_execution_error_message: last?.error?.message ?? null,
    },
  };
}

export async function lambdaShape(about: About, lambda: Lambda): Promise<object> {
  const version = lambda.versions.get(lambda.tags.get(latest) ?? '');
  const shape = version === undefined ? null : await versionShape(about, version);
  return {
    workspace: lambda.workspace,
    name: lambda.name,
    last_updated: version?.createdAt ?? null,
    last_updated_by: version?.createdBy ?? null,
    version_count: lambda.versions.size,
    collections: shape === null ? [] : (shape as { readonly collections: readonly string[] }).collections,
    latest_version: shape,
  };
}

export async function tagShape(about: About, { versions }: Lambda, tag: string, version: string): Promise<object> {
  const of = versions.get(version);
  return { tag_name: tag, version: of === undefined ? null : await versionShape(about, of) };
}
