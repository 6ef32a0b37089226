/** A server with keys of every role, the real client of each, and the chats of one live stream, for tests of query lambdas. */

import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type client from '@rockset/client';
import type { Row } from '../../examples/marketplace/rows.ts';
import { onTheWire } from '../../examples/marketplace/wire.ts';
import { compiledLambda } from '../../runners/stored-lambda.ts';
import { digestOf, readKeys } from '../../runners/stream/serve/keys.ts';
import type { ServeOptions } from '../../runners/stream/serve/start.ts';
import { catalog, featureNamed } from '../marketplace/world.ts';
import { type Serving, serving } from './serving.ts';

// As Node loads it: its default export lies in its exports.
const rockset = createRequire(import.meta.url)('@rockset/client').default as typeof client.default;

type Client = ReturnType<typeof rockset>;
export type Role = 'read' | 'deploy' | 'admin';

export interface LambdaServer extends Serving {
  readonly client: (role: Role | 'nobody') => Client;
}

/** Those of the feature's own example, and one that JSON, SQL and shells would each trip over. */
export const chats: readonly Row[] = [
  chat('c1', 's1', 7, 'hi', '2026-03-01T19:40:00.000000'),
  chat('c2', 's1', 7, 'wow', '2026-03-01T19:55:00.000000'),
  chat('c3', 's1', 8, 'mine', '2026-03-01T20:00:00.000000'),
  chat('c4', 's2', 9, `it's "quoted" \\ $1 :x -- ; é`, '2026-03-01T20:00:00.000000'),
];

export function chat(chat_id: string, stream_id: string, user_id: number, body: string, sent_at: string): Row {
  return { chat_id, stream_id, user_id, body, sent_at, ingested_at: `${sent_at.slice(0, 17)}01.000000` };
}

export async function lambdaServer(options: Partial<ServeOptions> = {}): Promise<LambdaServer> {
  const file = join(mkdtempSync(join(tmpdir(), 'lockstep-keys-')), 'keys');
  writeFileSync(
    file,
    (['read', 'deploy', 'admin'] as const).map((r) => `${r}er ${r} ${digestOf(`key of ${r}`).toString('hex')}\n`).join(''),
  );
  const server = await serving(catalog, {
    lambdas: [compiledLambda(featureNamed('stream_chat_activity'), catalog)],
    keys: await readKeys(file),
    ...options,
  });
  return { ...server, client: (role) => rockset(`key of ${role}`, server.url) };
}

export async function sendChats({ send }: LambdaServer, rows = chats): Promise<void> {
  const headers = { authorization: 'ApiKey key of admin' };
  const messages = rows.map((row) => JSON.parse(onTheWire('chats', row).value));
  const posted = await send('POST', '/events/chats', messages, headers);
  if (posted.body.taken !== rows.length) throw new Error(JSON.stringify(posted));
  await send('PUT', '/sources/chats/complete-since', { since: 'beginning' }, headers);
}

/** What the client throws: the body that the server sent. */
export async function refused(call: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> {
  return call.then(
    (answer) => {
      throw new Error(`answered with ${JSON.stringify(answer)}`);
    },
    (error) => error,
  );
}
