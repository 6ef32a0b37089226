/** GET /openapi.json says what the server has and nothing else, and what it answers is what is said there. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { chat, type LambdaServer, lambdaServer, sendChats } from './lambdas.ts';

// biome-ignore lint/suspicious/noExplicitAny: a document is what the server says.
type Document = any;

let server: LambdaServer;
let document: Document;
const registered: string[] = [];
const listen = (message: unknown): void => {
  const { fastify } = message as { readonly fastify: FastifyInstance };
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) if (one !== 'HEAD') registered.push(`${one.toLowerCase()} ${url.replace(/:(\w+)/g, '{$1}')}`);
  });
};

beforeAll(async () => {
  subscribe('fastify.initialization', listen);
  server = await lambdaServer();
  await sendChats(server);
  document = (await server.send('GET', '/openapi.json')).body;
}, 60_000);
afterAll(async () => {
  unsubscribe('fastify.initialization', listen);
  await server.stop();
});

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: { readonly [status: string]: { readonly description: string; readonly content: Content } };
}
type Content = { readonly [type: string]: { readonly schema: object } };
const operations = (): readonly (readonly [string, Operation])[] =>
  Object.entries(document.paths).flatMap(([path, of]) =>
    Object.entries(of as object).map(([method, op]) => [`${method} ${path}`, op as Operation] as const),
  );

test('every route is described, and every description has its route', () => {
  expect(registered.length).toBeGreaterThan(25);
  expect(
    operations()
      .map(([name]) => name)
      .sort(),
  ).toEqual([...registered].sort());
});

test('it is a document of OpenAPI 3.1', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({ title: 'Lockstep', version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  const ids = operations().map(([, { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [name, { parameters = [], responses, summary }] of operations()) {
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
    expect(
      parameters.filter((p) => p.in === 'path').map((p) => p.name),
      name,
    ).toEqual(inPath);
    expect(summary.length, name).toBeGreaterThan(5);
    expect(Object.keys(responses), name).toContain('200');
    for (const { description, content } of Object.values(responses)) {
      expect(description.length, name).toBeGreaterThan(0);
      expect(Object.keys(content), name).toHaveLength(1);
    }
  }
});

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
ajv.addVocabulary(['components']);

/** What the document names lies in the document. */
const compiled = (schema: object) => ajv.compile({ ...schema, components: { schemas: document.components.schemas } });

test('its schemas are JSON Schemas, and all that they name is there', () => {
  for (const [name, { responses, requestBody }] of operations())
    for (const { content } of [...Object.values(responses), ...(requestBody === undefined ? [] : [requestBody])])
      for (const { schema } of Object.values(content)) expect(() => compiled(schema), name).not.toThrow();
});

test('what is answered is as it is described', async () => {
  const ask = async (method: string, path: string, template: string, body: unknown, role: 'read' | 'admin' | 'nobody' = 'admin') => {
    const answer = await server.send(method, path, body, { authorization: `ApiKey key of ${role}` });
    const described = document.paths[template][method.toLowerCase()].responses[answer.status];
    expect(described, `${method} ${template} ${answer.status}`).toBeDefined();
    const validate = compiled(described.content['application/json'].schema);
    expect([validate(answer.body), validate.errors], `${method} ${path} ${JSON.stringify(answer.body)}`).toEqual([true, null]);
    return answer;
  };
  const [ws, lambda] = ['/v1/orgs/self/ws/{workspace}/lambdas', '/v1/orgs/self/ws/{workspace}/lambdas/{lambda}'];
  const at = '/v1/orgs/self/ws/shop/lambdas';
  const sql = { query: 'SELECT :x AS x', default_parameters: [{ name: 'x', type: 'int', value: '1' }] };
  const entities = [{ stream_id: 's1' }];
  const feature = 'stream_chat_activity';
  const late = { ...chat('c9', 's1', 1, 'x', '2026-03-01T20:00:00.000000'), ingested_at: '2026-03-01T19:00:00.000000' };
  const ahead = JSON.parse(onTheWire('chats', late).value);
  expect((await ask('POST', at, ws, { name: 'doc', sql })).status).toBe(200);
  expect((await ask('POST', at, ws, { name: 'doc', sql })).status).toBe(409);
  expect((await ask('POST', at, ws, { name: 'doc', sql }, 'read')).status).toBe(403);
  expect((await ask('POST', at, ws, { name: 'doc', sql }, 'nobody')).status).toBe(401);
  expect((await ask('POST', at, ws, { name: 'bad', sql: { query: 'SELEC' } })).status).toBe(422);
  const { body } = await ask('POST', `${at}/doc/versions`, `${lambda}/versions`, { sql: { query: 'SELECT 2 AS x' } });
  const { version } = body.data;
  for (const [method, path, template, given] of [
    ['POST', `${at}/doc/versions/${version}`, `${lambda}/versions/{version}`, {}],
    ['POST', `${at}/doc/tags/latest`, `${lambda}/tags/{tag}`, {}],
    [
      'POST',
      `/v1/orgs/self/ws/features/lambdas/${feature}/tags/latest`,
      `${lambda}/tags/{tag}`,
      { parameters: [{ name: 'stream_id', type: 'string', value: 's1' }] },
    ],
    ['GET', `${at}/doc/versions`, `${lambda}/versions`],
    ['GET', `${at}/doc/versions/${version}`, `${lambda}/versions/{version}`],
    ['POST', `${at}/doc/tags`, `${lambda}/tags`, { tag_name: 't', version }],
    ['GET', `${at}/doc/tags`, `${lambda}/tags`],
    ['GET', `${at}/doc/tags/t`, `${lambda}/tags/{tag}`],
    ['DELETE', `${at}/doc/tags/t`, `${lambda}/tags/{tag}`],
    ['GET', at, ws],
    ['GET', '/v1/orgs/self/lambdas', '/v1/orgs/self/lambdas'],
    ['DELETE', `${at}/doc/version/${version}`, `${lambda}/version/{version}`],
    ['DELETE', `${at}/doc`, lambda],
    ['GET', '/features', '/features'],
    ['POST', '/features/query', '/features/query', { features: [feature], entities }],
    ['GET', '/sources', '/sources'],
    ['GET', '/dead-letters', '/dead-letters'],
    ['POST', '/dead-letters/chats/replay', '/dead-letters/{source}/replay', {}],
    ['GET', '/health/live', '/health/live'],
    ['GET', '/health/ready', '/health/ready'],
    ['POST', '/events/chats', '/events/{source}', [ahead, {}]],
    ['PUT', '/sources/chats/complete-since', '/sources/{source}/complete-since', { since: 'beginning' }],
  ] as const)
    expect((await ask(method, path, template, given)).status, path).toBe(200);
  expect((await ask('POST', '/v1/public/shared_lambdas/1', '/v1/public/shared_lambdas/{id}', {})).status).toBe(404);
  expect((await ask('POST', '/features/query', '/features/query', { features: [feature], entities, as_of: '2999-01-01' })).status).toBe(
    400,
  );
  expect((await ask('POST', `/features/${feature}/tags/latest/roll-back`, '/features/{feature}/tags/{tag}/roll-back', {})).status).toBe(
    400,
  );
});
