/** What is sent to Dagster's web server, and what is made of answers that it gives seldom. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  checkExecutions,
  checksOfRun,
  DagsterClientError,
  DagsterRequestError,
  DagsterResultError,
  type DagsterServer,
  DagsterWaitError,
  externalAssets,
  launchRun,
  metadata,
  waitForRun,
} from '../../runners/orchestrate/dagster-ts-client/index.ts';

interface Asked {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly token: string | undefined;
  readonly body: string;
}

let asked: Asked[] = [];
let listening: Server;
let answer: (request: Asked, response: ServerResponse) => void = (_, response) => void response.end('{}');
let server: DagsterServer = { url: '' };

beforeEach(async () => {
  asked = [];
  listening = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { 'content-type': contentType, 'dagster-cloud-api-token': token } = request.headers;
      asked.push({ path: request.url ?? '', contentType, token: token as string | undefined, body });
      answer(asked.at(-1) as Asked, response);
    });
  });
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  server = { url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` };
});
afterEach(async () => {
  listening.closeAllConnections();
  if (listening.listening) await new Promise((done) => listening.close(done));
});

const says = (status: number, text: string, headers: Readonly<Record<string, string>> = {}): void => {
  answer = (_, response) => void response.writeHead(status, headers).end(text);
};

/** The error that it is. */
async function thrown<E>(request: Promise<unknown>, type: abstract new (...parts: never) => E): Promise<E> {
  const error = await request.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(type);
  return error as E;
}

const report = (to: DagsterServer = server): Promise<void> => externalAssets(to).reportAssetMaterialization({ assetKey: 'a' });
const secret = 'user:s3cret';

describe('a report', () => {
  test('is sent with its key in the body, numbers as Python reads them, and exactly the type that the server compares with', async () => {
    says(200, '{}');
    const external = externalAssets({ url: `${server.url}/prod/`, headers: { 'Dagster-Cloud-Api-Token': secret } });
    await external.reportAssetMaterialization({
      assetKey: 'raw/a\\/b',
      dataVersion: 'v',
      description: '"',
      partition: '',
      metadata: { f: metadata.float(1), i: metadata.int(2n ** 64n), n: null, t: 'é', l: [1] },
    });
    await external.reportAssetObservation({ assetKey: ['o'] });
    await external.reportAssetCheck({ assetKey: 'c', checkName: 'p', passed: false });
    await external.reportAssetCheck({ assetKey: 'c', checkName: 'p', passed: true, severity: 'WARN', metadata: {} });
    const same = { contentType: 'application/json', token: secret };
    expect(asked).toStrictEqual([
      {
        ...same,
        path: '/prod/report_asset_materialization/',
        body: '{"asset_key":["raw","a/b"],"metadata":{"f":1.0,"i":18446744073709551616,"n":null,"t":"é","l":[1]},"partition":"","data_version":"v","description":"\\""}',
      },
      { ...same, path: '/prod/report_asset_observation/', body: '{"asset_key":["o"]}' },
      { ...same, path: '/prod/report_asset_check/', body: '{"asset_key":["c"],"check_name":"p","passed":false,"severity":"ERROR"}' },
      {
        ...same,
        path: '/prod/report_asset_check/',
        body: '{"asset_key":["c"],"metadata":{},"check_name":"p","passed":true,"severity":"WARN"}',
      },
    ]);
  });

  test('that Dagster could not take as it is meant is not sent', async () => {
    const { reportAssetCheck, reportAssetMaterialization } = externalAssets(server);
    for (const [request, reason] of [
      [() => reportAssetMaterialization({ assetKey: 'a', metadata: { u: metadata.url('x') } }), 'metadata.u: the REST routes know no'],
      [() => reportAssetMaterialization({ assetKey: 'a', metadata: { j: metadata.json([Number.NaN]) } }), 'metadata.j[0]: JSON has no NaN'],
      [() => reportAssetMaterialization({ assetKey: 'a', partition: '\ud800' }), 'partition: half a surrogate pair'],
      [() => reportAssetMaterialization({ assetKey: '' }), 'an asset key has parts'],
      [() => reportAssetCheck({ assetKey: 'a', checkName: 'c', passed: 'no' as unknown as boolean }), 'passed is neither'],
    ] as const)
      expect((await thrown(request(), DagsterClientError)).message).toContain(reason);
    expect(asked).toStrictEqual([]);
  });
});

describe('what a request comes to', () => {
  const failure = async (request: Promise<unknown>): Promise<readonly [string, number | null, string]> => {
    const error = await thrown(request, DagsterRequestError);
    return [error.failure, error.status, error.message];
  };

  test.each([
    [400, '{"error":"no such thing"}', 'Dagster answers 400: no such thing (POST /report_asset_materialization/)'],
    [502, '<html>\n  bad gateway</html>', 'Dagster answers 502: <html> bad gateway</html> (POST /report_asset_materialization/)'],
    [401, '', 'Dagster answers 401: nothing (POST /report_asset_materialization/)'],
    [204, '', 'Dagster answers 204: nothing (POST /report_asset_materialization/)'],
  ])('the status %i is an error, once', async (status, text, message) => {
    says(status, text);
    expect(await failure(report())).toStrictEqual(['status', status, message]);
    expect(asked).toHaveLength(1);
  });

  test('a redirection is not followed: what signs in would go with it', async () => {
    says(307, '', { location: `${server.url}/elsewhere` });
    expect((await failure(report())).slice(0, 2)).toStrictEqual(['status', 307]);
    expect(asked.map(({ path }) => path)).toStrictEqual(['/report_asset_materialization/']);
  });

  test('a page instead of an answer is no success', async () => {
    says(200, '<!doctype html>');
    expect((await failure(report()))[0]).toBe('unreadable');
    expect((await failure(launchRun(server, { location: 'l' })))[0]).toBe('unreadable');
    says(200, '{"data":null}');
    expect((await failure(launchRun(server, { location: 'l' })))[0]).toBe('unreadable');
  });

  test('errors of GraphQL itself are errors', async () => {
    says(200, '{"errors":[{"message":"Cannot query field \\"x\\""}],"data":{"launchRun":null}}');
    expect(await failure(launchRun(server, { location: 'l' }))).toStrictEqual(['graphql', 200, 'LaunchRun: Cannot query field "x"']);
  });

  test('no answer in time, a connection that breaks, nobody there: each once', async () => {
    answer = () => {};
    expect((await failure(report({ ...server, patience: 200 })))[0]).toBe('timeout');
    answer = (_, response) => void response.destroy();
    expect((await failure(report()))[0]).toBe('unreachable');
    expect(asked).toHaveLength(2);
    listening.closeAllConnections();
    await new Promise((done) => listening.close(done));
    expect((await failure(report())).slice(0, 2)).toStrictEqual(['unreachable', null]);
  });

  test('a signal ends it with its own reason', async () => {
    answer = () => {};
    const stopping = new AbortController();
    const sent = externalAssets(server).reportAssetMaterialization({ assetKey: 'a', signal: stopping.signal });
    setTimeout(() => stopping.abort(new RangeError('enough')), 100);
    expect((await thrown(sent, RangeError)).message).toBe('enough');
  });

  test('no error has a header in it', async () => {
    const withToken = { ...server, headers: { 'Dagster-Cloud-Api-Token': ` ${secret} ` } };
    says(403, `{"error":"the token ${secret} is unknown"}`);
    expect((await failure(report(withToken)))[2]).toContain('the token *** is unknown');
    says(200, `{"errors":[{"message":"the token ${secret} is unknown"}]}`);
    expect((await failure(launchRun(withToken, { location: 'l' })))[2]).toBe('LaunchRun: the token *** is unknown');
    says(200, `{"data":{"launchRun":{"__typename":"UnauthorizedError","message":"not with ${secret}"}}}`);
    expect((await thrown(launchRun(withToken, { location: 'l' }), DagsterResultError)).message).toBe('UnauthorizedError: not with ***');
    const broken = await thrown(report({ ...server, headers: { token: `${secret}\n` } }), DagsterClientError);
    expect(broken.message).toBe('the header "token" holds what no header has');
  });

  test.each(['', 'localhost:3000', 'ftp://x', 'http://u:s3cret@x', 'http://x/?token=s3cret', 'http://x/#s3cret'])(
    'the url %j is refused, and not repeated',
    async (url) => {
      expect((await thrown(report({ url }), DagsterClientError)).message).toMatch(/^the url of Dagster (?!.*s3cret)/);
    },
  );
});

describe('waiting for a run', () => {
  const state = (status: string): string =>
    JSON.stringify({
      data: {
        runOrError: { __typename: 'Run', runId: 'r', jobName: 'j', status, creationTime: 0, startTime: null, endTime: null, tags: [] },
      },
    });

  test('goes on while Dagster is busy, and ends with the run', async () => {
    const answers: readonly (readonly [number, string])[] = [
      [503, 'busy'],
      [429, 'slowly'],
      [200, state('QUEUED')],
      [200, state('CANCELING')],
      [200, state('CANCELED')],
    ];
    answer = (_, response) => {
      if (asked.length === 4) return void response.destroy();
      const [status, text] = answers[asked.length > 4 ? asked.length - 2 : asked.length - 1] ?? [500, ''];
      response.writeHead(status).end(text);
    };
    expect((await waitForRun(server, 'r', { deadline: 10_000, pauses: [1, 2] })).status).toBe('CANCELED');
    expect(asked).toHaveLength(6);
  });

  test('ends at once with what waiting cannot mend', async () => {
    says(401, 'no');
    expect((await thrown(waitForRun(server, 'r', { deadline: 10_000 }), DagsterRequestError)).status).toBe(401);
    says(200, '{"data":{"runOrError":{"__typename":"SomethingNew","message":"m"}}}');
    expect((await thrown(waitForRun(server, 'r', { deadline: 10_000 }), DagsterResultError)).message).toBe('SomethingNew: m');
    expect(asked).toHaveLength(2);
    await thrown(waitForRun(server, 'r', { deadline: Number.NaN }), DagsterClientError);
  });

  test('ends at the deadline, though Dagster is silent', async () => {
    answer = () => {};
    const started = Date.now();
    expect((await thrown(waitForRun(server, 'r', { deadline: 300 }), DagsterWaitError)).status).toBeNull();
    expect(Date.now() - started).toBeLessThan(5_000);
    says(200, state('SUSPENDED'));
    expect((await thrown(waitForRun(server, 'r', { deadline: 2_000, pauses: [10, 20] }), DagsterWaitError)).status).toBe('SUSPENDED');
  });
});

describe('checks of a run', () => {
  const execution = (id: number, runId: string): object => ({
    id: String(id),
    runId,
    status: 'SUCCEEDED',
    timestamp: 0,
    partition: null,
    evaluation: null,
  });

  /** Of one check: executions of which each page has at most three. */
  const executions = (runs: readonly string[]): void => {
    const all = runs.map((runId, index) => execution(runs.length - index, runId)) as readonly { readonly id: string }[];
    answer = ({ body }, response) => {
      const { operationName, variables } = JSON.parse(body) as { operationName: string; variables: { cursor?: string } };
      const check = { name: 'c', assetKey: { path: ['a'] } };
      const from = variables.cursor === undefined ? 0 : all.findIndex(({ id }) => id === variables.cursor) + 1;
      const data =
        operationName === 'ChecksOfRun'
          ? { runOrError: { __typename: 'Run', runId: 'r', assetChecks: [check] } }
          : { assetCheckExecutions: all.slice(from, from + 3) };
      response.end(JSON.stringify({ data }));
    };
  };

  test('are looked for in older pages, and over the end of one', async () => {
    executions(['', 'x', 'x', 'x', '', 'r', 'r', 'y']);
    expect((await checksOfRun(server, 'r')).map(({ id }) => id)).toStrictEqual(['3', '2']);
    executions(['r', 'r', 'r', 'r']);
    expect(await checksOfRun(server, 'r')).toHaveLength(4);
  });

  test('that are not found are not taken for none', async () => {
    executions(['x', 'x']);
    expect((await thrown(checksOfRun(server, 'r'), DagsterClientError)).message).toContain('no execution is found');
    executions([]);
    expect((await thrown(checksOfRun(server, 'r'), DagsterClientError)).message).toContain('the check c of a');
    expect(await checkExecutions(server, { assetKey: 'a', checkName: 'c' })).toStrictEqual([]);
  });
});
