/** Query lambdas under the paths of Rockset's REST API, so that its clients work as they are. */
import type { FastifyRequest } from 'fastify';
import type { Definition } from '../registry/journal.ts';
import type { LambdaVersion } from '../registry/registry.ts';
import { RequestError } from '../request-error.ts';
import type { SqlLambdas } from '../sql/sql-lambdas.ts';
import { member } from '../wire/tree.ts';
import type { Executions } from './executions.ts';
import { featureWorkspace } from './features.ts';
import type { Replica } from './replica.ts';
import type { Executing } from './rockset-execute.ts';
import { descriptionGiven, executionGiven, nameGiven, sqlGiven } from './rockset-requests.ts';
import { type About, lambdaShape, tagShape, versionShape } from './rockset-shapes.ts';
import { bodyTree, type Routes } from './server.ts';

interface OfWorkspace {
  readonly Params: { readonly workspace: string };
}
interface OfLambda {
  readonly Params: { readonly workspace: string; readonly lambda: string };
}
interface OfVersion {
  readonly Params: OfLambda['Params'] & { readonly version: string };
}
interface OfTag {
  readonly Params: OfLambda['Params'] & { readonly tag: string };
}

const self = '/v1/orgs/self';
const lambdasPath = `${self}/ws/:workspace/lambdas`;
const lambdaPath = `${lambdasPath}/:lambda`;

export function rocksetRoutes(replica: Replica, sqlLambdas: SqlLambdas, executing: Executing, executions: Executions): Routes {
  const { registry } = replica;
  const about: About = {
    tables: async (definition) => (definition.kind === 'sql' ? sqlLambdas.check(definition) : tablesOf(replica, definition)),
    lastExecution: executions.last,
  };
  const deploy = async (workspace: string, name: string, request: FastifyRequest, by: string, when: When): Promise<object> => {
    if (workspace === featureWorkspace)
      throw new RequestError('INVALIDINPUT', `the workspace ${featureWorkspace} is for compiled features`, 'lockstep lambda deploy');
    const body = bodyTree(request);
    const definition = sqlGiven(body);
    const description = descriptionGiven(body);
    await sqlLambdas.check(definition);
    const exists = registry.lambdas().some((l) => l.workspace === workspace && l.name === name);
    if (exists && when === 'is new') throw new RequestError('ALREADYEXISTS', `there is a lambda ${name} in the workspace ${workspace}`);
    if (!exists && when === 'exists')
      throw new RequestError('NOTFOUND', `there is no lambda ${name} in the workspace ${workspace}`, 'create=true makes one');
    const { version } = registry.deploy({ workspace, name, definition, description, by });
    return { data: await versionShape(about, version) };
  };
  const execute = async (of: LambdaVersion, request: FastifyRequest, by: string): Promise<object> =>
    executing.execute(of, executionGiven(bodyTree(request)), request.id, by);
  return (server, callerFor) => {
    server.get(`${self}/lambdas`, async (request) => {
      callerFor(request, 'read');
      return { data: await Promise.all(registry.lambdas().map((l) => lambdaShape(about, l))) };
    });
    server.get<OfWorkspace>(lambdasPath, async (request) => {
      callerFor(request, 'read');
      const lambdas = registry.lambdas().filter((l) => l.workspace === request.params.workspace);
      return { data: await Promise.all(lambdas.map((l) => lambdaShape(about, l))) };
    });
    server.post<OfWorkspace>(lambdasPath, async (request) => {
      const { name: by } = callerFor(request, 'deploy');
      const name = nameGiven('`name`', member(bodyTree(request), 'name')?.value);
      return deploy(nameGiven('a workspace', request.params.workspace), name, request, by, 'is new');
    });
    server.delete<OfLambda>(lambdaPath, async (request) => {
      const { name: by } = callerFor(request, 'admin');
      const { workspace, lambda } = request.params;
      const data = await lambdaShape(about, registry.lambda(workspace, lambda));
      registry.remove(workspace, lambda, by);
      return { data };
    });
    server.get<OfLambda>(`${lambdaPath}/versions`, async (request) => {
      callerFor(request, 'read');
      const { versions } = registry.lambda(request.params.workspace, request.params.lambda);
      return { data: await Promise.all([...versions.values()].map((v) => versionShape(about, v))) };
    });
    server.post<OfLambda & { readonly Querystring: { readonly create?: string } }>(`${lambdaPath}/versions`, async (request) => {
      const { name: by } = callerFor(request, 'deploy');
      const { workspace, lambda } = request.params;
      const when = request.query.create === 'true' ? 'any' : 'exists';
      return deploy(nameGiven('a workspace', workspace), nameGiven('a lambda', lambda), request, by, when);
    });
    server.get<OfVersion>(`${lambdaPath}/versions/:version`, async (request) => {
      callerFor(request, 'read');
      const { workspace, lambda, version } = request.params;
      return { data: await versionShape(about, registry.version(workspace, lambda, version)) };
    });
    server.post<OfVersion>(`${lambdaPath}/versions/:version`, async (request) => {
      const { name: by } = callerFor(request, 'read');
      const { workspace, lambda, version } = request.params;
      return execute(registry.version(workspace, lambda, version), request, by);
    });
    // The one path that says `version`.
    server.delete<OfVersion>(`${lambdaPath}/version/:version`, async (request) => {
      const { name: by } = callerFor(request, 'admin');
      const { workspace, lambda, version } = request.params;
      const data = await versionShape(about, registry.version(workspace, lambda, version));
      registry.removeVersion(workspace, lambda, version, by);
      return { data };
    });
    server.get<OfLambda>(`${lambdaPath}/tags`, async (request) => {
      callerFor(request, 'read');
      const of = registry.lambda(request.params.workspace, request.params.lambda);
      return { data: await Promise.all([...of.tags].map(([tag, version]) => tagShape(about, of, tag, version))) };
    });
    server.post<OfLambda>(`${lambdaPath}/tags`, async (request) => {
      const { name: by } = callerFor(request, 'deploy');
      const { workspace, lambda } = request.params;
      const body = bodyTree(request);
      const tag = nameGiven('`tag_name`', member(body, 'tag_name')?.value);
      const version = member(body, 'version')?.value;
      if (typeof version !== 'string') throw new RequestError('INVALIDINPUT', '`version` is no text');
      registry.tag(workspace, lambda, tag, version, by);
      return { data: await tagShape(about, registry.lambda(workspace, lambda), tag, version) };
    });
    server.get<OfTag>(`${lambdaPath}/tags/:tag`, async (request) => {
      callerFor(request, 'read');
      const { workspace, lambda, tag } = request.params;
      const { version } = registry.tagged(workspace, lambda, tag);
      return { data: await tagShape(about, registry.lambda(workspace, lambda), tag, version) };
    });
    server.post<OfTag>(`${lambdaPath}/tags/:tag`, async (request) => {
      const { name: by } = callerFor(request, 'read');
      const { workspace, lambda, tag } = request.params;
      return execute(registry.tagged(workspace, lambda, tag), request, by);
    });
    server.delete<OfTag>(`${lambdaPath}/tags/:tag`, async (request) => {
      const { name: by } = callerFor(request, 'admin');
      const { workspace, lambda, tag } = request.params;
      const { version } = registry.tagged(workspace, lambda, tag);
      const data = await tagShape(about, registry.lambda(workspace, lambda), tag, version);
      registry.untag(workspace, lambda, tag, by);
      return { data };
    });
    // Not one of Rockset's: there a tag is moved back by hand.
    server.post<OfTag>(`${lambdaPath}/tags/:tag/roll-back`, async (request) => {
      const { name: by } = callerFor(request, 'deploy');
      const { workspace, lambda, tag } = request.params;
      const version = registry.rollBack(workspace, lambda, tag, by);
      return { data: await tagShape(about, registry.lambda(workspace, lambda), tag, version) };
    });
    const scheduled = `${self}/ws/:workspace/scheduled_lambdas`;
    for (const path of [scheduled, `${scheduled}/:id`])
      server.post(path, async () => notSupported('scheduled', 'let a scheduler execute a lambda by its tag'));
    server.delete(`${scheduled}/:id`, async () => notSupported('scheduled', 'let a scheduler execute a lambda by its tag'));
    server.post('/v1/public/shared_lambdas/:id', async () => notSupported('public', 'give whoever asks a key of the role read'));
  };
}

function notSupported(what: string, instead: string): never {
  throw new RequestError('NOTFOUND', `${what} query lambdas are not supported`, instead);
}

type When = 'is new' | 'exists' | 'any';

function tablesOf({ catalog }: Replica, definition: Extract<Definition, { readonly kind: 'feature' }>): readonly string[] {
  return definition.artifact.sources.map(({ name }) => {
    if (!catalog.sources.some((s) => s.name === name)) throw new RequestError('QUERY_ERROR', `this server does not have ${name}`);
    return name.toUpperCase();
  });
}
