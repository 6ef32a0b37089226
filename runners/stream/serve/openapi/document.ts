/** GET /openapi.json: the descriptions of all routes as one OpenAPI document. */
import { lockstepVersion } from '../../../lockstep-version.ts';
import { type RequestErrorType, statuses } from '../../request-error.ts';
import type { Routes } from '../server.ts';
import { type Described, named, type Schema, text } from './describe.ts';
import { lambdaRoutes } from './lambda-routes.ts';
import { ownRoutes } from './routes.ts';
import { schemas } from './schemas.ts';

export function openApiRoutes(): Routes {
  const document = lockstepVersion().then((version) => openApiDocument([...ownRoutes, ...lambdaRoutes], version));
  return (server) => {
    server.get('/openapi.json', { config: { open: true } }, async () => document);
  };
}

function openApiDocument(routes: readonly Described[], version: string): object {
  const paths: { [path: string]: { [method: string]: object } } = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lockstep',
      version,
      description:
        'Features and query lambdas over the event store. Roles: read, deploy and admin, each of which may what those before it may.',
    },
    paths,
    components: {
      schemas,
      securitySchemes: { apiKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'ApiKey, a blank, and the key.' } },
    },
  };
}

function operation(route: Described): object {
  const { method, path, summary, role, query = {}, body, answer, mediaType = 'application/json', also = {} } = route;
  const parameters = [
    ...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: text })),
    ...Object.entries(query).map(([name, of]) => ({ name, in: 'query', required: false, ...of })),
  ];
  const content = (of: Schema, type = 'application/json'): object => ({ content: { [type]: { schema: of } } });
  return {
    operationId: `${method}${path.replace(/[^a-z]+(\w)/gi, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    description: role === null ? 'Needs no key.' : `Needs a key of the role ${role}.`,
    security: role === null ? [] : [{ apiKey: [] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, ...content(body) } }),
    responses: {
      200: { description: 'Done', ...content(answer, mediaType) },
      ...Object.fromEntries(Object.entries(also).map(([status, description]) => [status, { description, ...content(answer, mediaType) }])),
      ...errorResponses(role === null ? route.errors : [...route.errors, ...ofAny], content(named('Error'))),
    },
  };
}

const ofAny: readonly RequestErrorType[] = ['AUTHEXCEPTION', 'FORBIDDEN', 'RATELIMITEXCEEDED', 'INTERNALERROR'];

function errorResponses(types: readonly RequestErrorType[], content: object): object {
  const byStatus = new Map<number, RequestErrorType[]>();
  for (const type of types) byStatus.set(statuses[type], [...(byStatus.get(statuses[type]) ?? []), type]);
  return Object.fromEntries([...byStatus].map(([status, of]) => [status, { description: of.join(', '), ...content }]));
}
