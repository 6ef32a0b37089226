/** Features asked, deployed, tagged. */

import type { LambdaArtifact } from '../../../compiler/artifacts/lambda.ts';
import { sha256 } from '../../../compiler/artifacts/version.ts';
import { isObject } from '../../../compiler/functions/json-values.ts';
import { groupBy } from '../../reference/order.ts';
import type { Lambda } from '../registry/registry.ts';
import { RequestError } from '../request-error.ts';
import { member } from '../wire/tree.ts';
import type { Executions } from './executions.ts';
import { featureWorkspace, queryFeatures } from './features.ts';
import { groundGiven } from './ground-given.ts';
import { requireOnly } from './members.ts';
import type { Metrics } from './metrics.ts';
import { isFeature, type Replica } from './replica.ts';
import type { ServedLog } from './served-log.ts';
import { bodyTree, type Routes } from './server.ts';

export function featureRoutes(replica: Replica, log: ServedLog | null, metrics: Metrics, executions: Executions): Routes {
  const { registry } = replica;
  return (server, callerFor) => {
    server.post('/features/query', async (request) => {
      const { name: by } = callerFor(request, 'read');
      const begun = performance.now();
      const at = new Date().toISOString();
      const { answer, served } = await queryFeatures(replica, bodyTree(request));
      log?.note(served);
      const seconds = (performance.now() - begun) / 1000;
      for (const [of, answers] of groupBy(served, (s) => s.of)) {
        const errors = answers.filter((a) => 'error' in a.answer).length;
        metrics.answered(of.name, answers.length, errors, seconds);
        const failed = answers.flatMap(({ answer }) => ('error' in answer ? [answer.error] : []))[0];
        executions.note(of.definition, { at, by, error: failed === undefined ? null : { type: failed.type, message: failed.message } });
      }
      return answer;
    });
    server.get('/features', async (request) => {
      callerFor(request, 'read');
      return {
        engine: replica.engine,
        executed_since: executions.since,
        features: registry
          .lambdas()
          .filter((l) => l.workspace === featureWorkspace)
          .map((lambda) => shown(lambda, executions)),
      };
    });
    server.post('/features', async (request, reply) => {
      const { name: by } = callerFor(request, 'deploy');
      const body = bodyTree(request);
      requireOnly(body, ['artifact', 'sql'], 'the body');
      const [artifact, sql] = [member(body, 'artifact')?.value, member(body, 'sql')?.value];
      if (!isObject(artifact) || typeof sql !== 'string')
        throw new RequestError('INVALIDINPUT', 'the body has an `artifact` and its `sql`');
      const of = artifact as unknown as LambdaArtifact;
      if (typeof of.name !== 'string' || typeof of.version !== 'string' || of.engine !== 'duckdb' || of.formatVersion !== 1)
        throw new RequestError('INVALIDINPUT', 'the artifact is none that lockstep compile wrote');
      if (sha256(sql) !== of.sqlSha256)
        throw new RequestError('INVALIDINPUT', 'the SQL is not the one of the artifact: its sha256 is another');
      const { version, made } = registry.deploy({
        workspace: featureWorkspace,
        name: of.name,
        definition: { kind: 'feature', artifact: of, sql },
        description: null,
        by,
      });
      return reply.code(made ? 201 : 200).send({ feature: of.name, version: version.version, made });
    });
    server.put<{ Params: { feature: string; tag: string } }>('/features/:feature/tags/:tag', async (request) => {
      const { name: by } = callerFor(request, 'deploy');
      const { feature, tag } = request.params;
      const body = bodyTree(request);
      requireOnly(body, ['version', 'evidence', 'reason'], 'the body');
      const version = member(body, 'version')?.value;
      if (typeof version !== 'string') throw new RequestError('INVALIDINPUT', '`version` is no text');
      registry.tag(featureWorkspace, feature, tag, version, by, groundGiven(body));
      return shown(registry.lambda(featureWorkspace, feature), executions);
    });
    server.post<{ Params: { feature: string; tag: string } }>('/features/:feature/tags/:tag/roll-back', async (request) => {
      const { name: by } = callerFor(request, 'deploy');
      const { feature, tag } = request.params;
      requireOnly(bodyTree(request), ['to'], 'the body');
      const to = member(bodyTree(request), 'to')?.value;
      if (to !== undefined && typeof to !== 'string') throw new RequestError('INVALIDINPUT', '`to` is no text');
      registry.rollBack(featureWorkspace, feature, tag, by, to);
      return shown(registry.lambda(featureWorkspace, feature), executions);
    });
  };
}

function shown({ name, versions, tags, moves, trails }: Lambda, executions: Executions): object {
  return {
    feature: name,
    versions: [...versions.values()].filter(isFeature).map(({ version, createdAt, createdBy, definition }) => ({
      version,
      created_at: createdAt,
      created_by: createdBy,
      sql_sha256: definition.artifact.sqlSha256,
      last_executed: executions.last(definition)?.at ?? null,
      entity: definition.artifact.entity,
      outputs: definition.artifact.outputs,
    })),
    tags: Object.fromEntries(tags),
    moves: Object.fromEntries(moves),
    trails: Object.fromEntries(trails),
  };
}
