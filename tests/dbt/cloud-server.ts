/** A service with the routes of dbt Cloud that a run takes, as its documentation of API v2 has them. Emulated: nobody's answers but ours. */
import { createServer, type IncomingMessage } from 'node:http';
import { afterAll } from 'vitest';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string;
  readonly body: { readonly cause: string; readonly steps_override: readonly string[] } | null;
}

/** What came of the steps of a run. */
export interface Worked {
  readonly succeeded: boolean;
  /** run_results.json and manifest.json; null: there is none. */
  readonly results: string | null;
  readonly manifest: string | null;
}

export interface Run {
  readonly id: number;
  readonly cause: string;
  /** Of each question after it, the last again and again: 1 queued, 2 starting, 3 running, 10 success, 20 error, 30 cancelled. */
  readonly statuses: number[];
  /** Of a run whose steps are really run: once they have ended. */
  worked: Worked | null;
}

export interface CloudServer {
  readonly url: string;
  readonly asked: Asked[];
  readonly runs: Run[];
  /** Of a run that is asked for. */
  statuses: readonly number[];
  results: string | null;
  /** Runs the steps, in the place of `statuses` and `results`. */
  works: ((steps: readonly string[]) => Promise<Worked>) | null;
  /** Of a run. */
  message: string;
  logs: string;
  /** What is answered in the place of an answer: a status, another address, or a connection that is cut, before or after what was asked is done. */
  faults: ((asked: Asked) => number | 'cut' | 'done and cut' | { readonly to: string } | null)[];
}

export const token = 'a-token-of-dbt-cloud';

export async function cloudServer(): Promise<CloudServer> {
  const server = createServer(async (request, response) => {
    const asked = await read(request);
    cloud.asked.push(asked);
    const fault = cloud.faults.map((of) => of(asked)).find((found) => found !== null) ?? null;
    if (fault === 'cut') return response.destroy();
    if (typeof fault === 'number') {
      response.writeHead(fault, { 'content-type': 'application/json', ...(fault === 429 ? { 'retry-after': '0' } : {}) });
      return response.end(JSON.stringify({ status: { code: fault, is_success: false, user_message: `refused ${asked.authorization}` } }));
    }
    if (fault !== null && typeof fault === 'object') {
      response.writeHead(307, { location: `${fault.to}${asked.path}` });
      return response.end();
    }
    const answer = asked.authorization === `Token ${token}` ? answerOf(cloud, asked) : null;
    if (fault === 'done and cut') return response.destroy();
    response.writeHead(answer === null ? 404 : 200, { 'content-type': 'application/json' });
    return response.end(answer ?? JSON.stringify({ status: { code: 404, user_message: 'not found' } }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  afterAll(() => void server.close());
  const cloud: CloudServer = {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    asked: [],
    runs: [],
    statuses: [10],
    results: null,
    works: null,
    message: 'what went wrong',
    logs: '',
    faults: [],
  };
  return cloud;
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    authorization: request.headers.authorization ?? '',
    body: text === '' ? null : JSON.parse(text),
  };
}

function answerOf(cloud: CloudServer, { method, path, body }: Asked): string | null {
  const base = '/api/v2/accounts/7';
  const data = (value: unknown): string => JSON.stringify({ status: { code: 200, is_success: true }, data: value });
  const shown = ({ id, cause, statuses }: Run) => ({
    id,
    status: statuses.length > 1 ? statuses.shift() : statuses[0],
    status_message: cloud.message,
    href: `${cloud.url}/runs/${id}`,
    trigger: { cause },
    run_steps: [{ debug_logs: cloud.logs }],
  });
  const url = new URL(path, cloud.url);
  if (method === 'POST' && url.pathname === `${base}/jobs/42/run/` && body !== null) {
    const run: Run = {
      id: 900 + cloud.runs.length,
      cause: body.cause,
      statuses: cloud.works === null ? [...cloud.statuses] : [3],
      worked: null,
    };
    cloud.runs.push(run);
    void cloud.works?.(body.steps_override).then((worked) => {
      run.worked = worked;
      run.statuses.splice(0, run.statuses.length, worked.succeeded ? 10 : 20);
    });
    return data({ ...shown(run), status: 1 });
  }
  if (method === 'GET' && url.pathname === `${base}/runs/` && url.searchParams.get('job_definition_id') === '42')
    return data([...cloud.runs].reverse().map((run) => ({ ...shown({ ...run, statuses: [1] }) })));
  const [, id, rest] = /\/runs\/(\d+)\/(.*)$/.exec(url.pathname) ?? [];
  const run = cloud.runs.find((found) => String(found.id) === id);
  if (run === undefined) return null;
  if (method === 'GET' && rest === '') return data(shown(run));
  if (method === 'POST' && rest === 'cancel/') {
    run.statuses.splice(0, run.statuses.length, 30);
    return data(shown(run));
  }
  if (method === 'GET' && rest === 'artifacts/run_results.json') return run.worked === null ? cloud.results : run.worked.results;
  if (method === 'GET' && rest === 'artifacts/manifest.json')
    return run.worked === null ? JSON.stringify({ nodes: {} }) : run.worked.manifest;
  return null;
}
