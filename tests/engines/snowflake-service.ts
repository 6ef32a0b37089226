/** What of Snowflake's protocol goes wrong on the way: a service that lets everybody in, and does with a statement what it is told. */
import { createServer, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import type { SnowflakeSettings } from '../../runners/engines/snowflake/settings.ts';

export interface Asked {
  readonly sql: string;
  readonly requestId: string;
}

/** A row of texts, a refusal, a status of HTTP, a connection that is cut, no answer until it is cancelled. */
export type Done =
  | { readonly rows: readonly (readonly string[])[] }
  | { readonly refused: string }
  | { readonly status: number }
  | 'cut'
  | 'held';

export interface Service {
  readonly port: number;
  readonly asked: readonly Asked[];
  /** Request ids. */
  readonly cancelled: readonly string[];
  readonly stop: () => void;
}

export async function startService(doing: (asked: Asked, before: readonly Asked[]) => Done): Promise<Service> {
  const asked: Asked[] = [];
  const cancelled: string[] = [];
  const held = new Map<string, (given: object) => void>();
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
    const answer = (given: object): void => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(given));
    };
    if (pathname === '/session/v1/login-request')
      return answer({ success: true, data: { token: 't', masterToken: 'm', parameters: [], sessionInfo: {} } });
    if (pathname === '/queries/v1/abort-request') {
      const { requestId = '' } = JSON.parse(body) as { readonly requestId?: string };
      cancelled.push(requestId);
      const end = held.get(requestId);
      // The driver may ask once more.
      held.delete(requestId);
      end?.({ success: false, code: '000604', message: 'SQL execution canceled', data: { sqlState: '57014' } });
    }
    if (pathname !== '/queries/v1/query-request') return answer({ success: true, data: {} });
    const statement = { sql: (JSON.parse(body) as { sqlText: string }).sqlText, requestId: searchParams.get('requestId') ?? '' };
    const done = doing(statement, [...asked]);
    asked.push(statement);
    if (done === 'held') return void held.set(statement.requestId, answer);
    if (done === 'cut') return void request.socket.destroy();
    if ('status' in done) return void response.writeHead(done.status).end();
    if ('refused' in done) return answer({ success: false, code: '001003', message: done.refused, data: { sqlState: '42000' } });
    const columns = done.rows[0]?.map((_, i) => ({ name: `C${i}`, type: 'text', length: 1000, nullable: true })) ?? [];
    answer({
      success: true,
      data: {
        ...{ parameters: [], rowtype: columns, rowset: done.rows, total: done.rows.length, returned: done.rows.length },
        ...{ queryId: 'q', queryResultFormat: 'json' },
      },
    });
  });
  await new Promise<void>((begun) => server.listen(0, '127.0.0.1', begun));
  return {
    port: (server.address() as { readonly port: number }).port,
    asked,
    cancelled,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return String(request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes);
}

export const settingsFor = ({ port }: Service): SnowflakeSettings => ({
  ...{ account: 'acme', url: `http://127.0.0.1:${port}`, user: 'me', by: { kind: 'password', password: 'pw-of-me' } },
  ...{ role: null, warehouse: null, database: 'DB', schema: 'PUBLIC', statementTimeout: 60, queryTag: null, hidden: [] },
});
