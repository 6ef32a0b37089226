/** A server for tests: without a broker, on a port of its own, with a folder that goes away with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultPromotion } from '../../compiler/authoring/promotion.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import { everybody } from '../../runners/stream/serve/keys.ts';
import { defaultLimits } from '../../runners/stream/serve/server.ts';
import { type ServeOptions, startServing } from '../../runners/stream/serve/start.ts';

export interface Serving {
  readonly url: string;
  readonly folder: string;
  /** Status and body. */
  readonly send: (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) => Promise<Reply>;
  readonly stop: () => Promise<void>;
}

export interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a body is what the server says.
  readonly body: any;
}

export async function serving(catalog: Catalog, options: Partial<ServeOptions> = {}): Promise<Serving> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'lockstep-serve-'));
  const { url, stop } = await startServing({
    catalog,
    lambdas: [],
    folder,
    host: '127.0.0.1',
    port: 0,
    keys: everybody,
    limits: defaultLimits,
    tls: null,
    kafka: null,
    deadLetterTopic: null,
    group: 'test',
    servedLog: { share: 1, secret: 'test', without: new Set(), masked: null, mostBytes: 64_000_000, mostFiles: 4 },
    readers: 2,
    mostRows: 4096,
    memory: 100_000_000,
    promotion: defaultPromotion,
    parityHorizon: 172_800_000_000n,
    log: () => {},
    failed: (error) => {
      throw error;
    },
    ...options,
  });
  return {
    url,
    folder,
    send: async (method, path, body, headers = {}) => {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
    },
    stop: async () => {
      await stop();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
