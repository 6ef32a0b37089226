/** The HTTP server of one replica: what every route has in common. */
import { randomUUID } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { RequestError } from '../request-error.ts';
import { readJson, type Tree } from '../wire/tree.ts';
import { type Caller, type Keys, type Role, requireRole } from './keys.ts';
import { type Tls, threadedServer } from './sockets/threaded-server.ts';

export interface Limits {
  readonly bodyBytes: number;
  /** Milliseconds for a request to arrive whole: slow clients do not hold connections. */
  readonly requestMs: number;
  /** Of one key (without keys: of one address). */
  readonly requestsPerSecond: number;
}

export const defaultLimits: Limits = { bodyBytes: 1_000_000, requestMs: 10_000, requestsPerSecond: 20_000 };

export interface ServerOptions {
  readonly keys: Keys;
  readonly limits: Limits;
  readonly tls: Tls | null;
  /** One line of JSON for what the operator must know; never with values. */
  readonly log: (line: Readonly<Record<string, unknown>>) => void;
}

/** One file of routes. */
export type Routes = (server: FastifyInstance, callerFor: CallerFor) => void;
export type CallerFor = (request: FastifyRequest, role: Role) => Caller;

/** Milliseconds. Node looks for requests that take too long only so often. */
const connectionsCheckingInterval = 1_000;
const keepAliveTimeout = 75_000;

const callers = new WeakMap<FastifyRequest, Caller>();

export async function openServer({ keys, limits, tls, log }: ServerOptions, routes: readonly Routes[]): Promise<FastifyInstance> {
  // Of the two Node takes the longer one for the whole request.
  const timeouts = { requestTimeout: limits.requestMs, headersTimeout: limits.requestMs, keepAliveTimeout, connectionsCheckingInterval };
  const server = fastify({
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: 300 },
    genReqId: () => randomUUID(),
    serverFactory: (handler) => threadedServer(timeouts, tls, handler),
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
    const bytes = body as Buffer;
    const read = bytes.length === 0 ? { value: {}, exact: null } : readJson(bytes);
    if ('problem' in read) done(new RequestError('INVALIDINPUT', read.problem.replace('the message', 'the body')));
    else done(null, read);
  });
  server.addHook('onRequest', async (request) => {
    if (isOpen(request)) return;
    callers.set(request, keys.callerOf(request.headers.authorization));
  });
  await server.register(rateLimit, {
    max: limits.requestsPerSecond,
    timeWindow: 1000,
    hook: 'preHandler',
    keyGenerator: (request) => callers.get(request)?.name ?? request.ip,
    errorResponseBuilder: () => new RequestError('RATELIMITEXCEEDED', 'too many requests', 'wait a second'),
  });
  server.setNotFoundHandler((request, reply) => {
    void reply.code(404).send(bodyOf(new RequestError('NOTFOUND', `there is no ${request.method} ${request.url.split('?')[0]}`), request));
  });
  server.setErrorHandler((error, request, reply) => {
    const known = error instanceof RequestError ? error : fromFastify(error as { code?: string; statusCode?: number; message: string });
    // That it is not ready yet, /health/ready says.
    if (known.status >= 500 && known.type !== 'NOT_READY')
      log({ level: 'error', event: 'request failed', id: request.id, route: request.routeOptions.url, error: kindOf(error) });
    void reply.code(known.status).send(bodyOf(known, request));
  });
  const callerFor: CallerFor = (request, role) => {
    const caller = callers.get(request);
    if (caller === undefined) throw new RequestError('AUTHEXCEPTION', 'no API key was sent');
    requireRole(caller, role);
    return caller;
  };
  for (const add of routes) add(server, callerFor);
  return server;
}

/** For probes and scrapers, which have no key. */
function isOpen(request: FastifyRequest): boolean {
  return request.routeOptions.config !== undefined && (request.routeOptions.config as { readonly open?: boolean }).open === true;
}

function fromFastify(error: { readonly code?: string; readonly statusCode?: number; readonly message: string }): RequestError {
  if (error.statusCode === 413) return new RequestError('RESOURCEEXCEEDED', 'the body is larger than the server takes');
  if (error.statusCode === 415) return new RequestError('INVALIDINPUT', 'the body is not application/json');
  if (error.statusCode !== undefined && error.statusCode < 500) return new RequestError('INVALIDINPUT', error.message);
  return new RequestError('INTERNALERROR', 'the server failed; its log says more');
}

/** The name and not the message, which may hold values. */
function kindOf(error: unknown): string {
  return error instanceof Error ? `${error.name} ${(error.stack ?? '').split('\n')[1]?.trim() ?? ''}` : typeof error;
}

/** As clients of query lambdas know it. */
function bodyOf({ type, message, hint, place }: RequestError, request: FastifyRequest): object {
  return {
    type,
    message,
    ...(hint === undefined ? {} : { hint }),
    line: place?.line ?? null,
    column: place?.column ?? null,
    trace_id: request.id,
    error_id: type.toLowerCase(),
    query_id: type.startsWith('QUERY_') ? request.id : null,
  };
}

export function bodyTree(request: FastifyRequest): Tree {
  return (request.body as Tree | undefined) ?? { value: {}, exact: null };
}
