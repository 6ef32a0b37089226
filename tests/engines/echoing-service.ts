/** A service that says all it knows: it lets in, or not, takes some statements, and refuses with everything that it was ever sent. */
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';

export interface Echoing {
  readonly port: number;
  /** Everything since `refuseAfter`. */
  readonly sent: () => string;
  /** -1: nobody is let in. Otherwise so many statements are taken, as if there were nothing. */
  readonly refuseAfter: (statements: number) => void;
  readonly stop: () => void;
}

export async function echoingService(): Promise<Echoing> {
  let [sent, taken] = ['', -1];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    sent += `${decodeURIComponent(request.url ?? '')} ${request.headers.host} ${request.headers.authorization} ${request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes}\n`;
    const isLogin = request.url?.startsWith('/session/v1/login-request') === true;
    const isQuery = request.url?.startsWith('/queries/v1/query-request') === true;
    const answer =
      isLogin && taken >= 0
        ? { success: true, data: { token: 'its-token', masterToken: 'its-master', parameters: [], sessionInfo: {} } }
        : isLogin || (isQuery && taken-- <= 0)
          ? {
              success: false,
              code: '390100',
              message: `refused: ${sent} ${sent.toUpperCase()}`,
              data: { authnMethod: 'USERNAME_PASSWORD' },
            }
          : {
              success: true,
              data: { parameters: [], rowtype: [], rowset: [], total: 0, returned: 0, queryId: 'q', queryResultFormat: 'json' },
            };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as { readonly port: number }).port,
    sent: () => sent,
    refuseAfter: (statements) => {
      [sent, taken] = ['', statements];
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
