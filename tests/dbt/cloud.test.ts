/** A job of dbt Cloud, on a service with its documented routes: emulated. No run is begun twice, whatever gets lost. */
import { beforeEach, describe, expect, test } from 'vitest';
import { openCloudDbt } from '../../runners/dbt/cloud.ts';
import type { DbtAsked, DbtJob } from '../../runners/dbt/job.ts';
import { hider } from '../../runners/hide-secrets.ts';
import { type CloudServer, cloudServer, token } from './cloud-server.ts';

const results = (status: string, message: string | null): string =>
  JSON.stringify({
    metadata: { dbt_schema_version: 'https://schemas.getdbt.com/dbt/run-results/v6.json', invocation_id: 'an-invocation' },
    results: [
      {
        unique_id: 'model.marketplace.f__grid',
        status,
        message,
        execution_time: 1.5,
        adapter_response: status === 'success' ? { rows_affected: 3, query_id: '01aa-1' } : {},
      },
    ],
  });

const asked: DbtAsked = {
  command: 'run',
  select: ['f__grid'],
  vars: { lockstep_from: '2026-01-01T00:00:00.000000', lockstep_to: '2026-01-02T00:00:00.000000' },
  fullRefresh: false,
  cause: 'lockstep materialize f',
  done: () => {},
};

describe('emulated', () => {
  let cloud: CloudServer;
  let job: DbtJob;

  beforeEach(async () => {
    cloud = await cloudServer();
    cloud.results = results('success', 'SUCCESS 3');
    job = opened(token);
  });

  const opened = (by: string): DbtJob =>
    openCloudDbt({
      url: cloud.url,
      account: '7',
      job: '42',
      token: by,
      hide: hider([by]),
      times: { wait: [1, 5], retry: [1, 5], tries: 4, patience: 5_000 },
    });
  const posts = (): readonly string[] => cloud.asked.filter(({ method }) => method === 'POST').map(({ path }) => path);
  const begun = '/api/v2/accounts/7/jobs/42/run/';

  test('it is triggered with a step of its own, waited for, and its results are read', async () => {
    cloud.statuses = [1, 2, 3, 3, 10];
    const ran = await job.run(asked);
    expect(ran.nodes).toEqual([
      { id: 'model.marketplace.f__grid', status: 'success', message: 'SUCCESS 3', seconds: 1.5, rows: 3, queryId: '01aa-1' },
    ]);
    expect(ran.invocation).toBe('an-invocation');
    const [first] = cloud.asked;
    expect(first?.body?.steps_override).toEqual([
      `dbt run --select f__grid --vars '{"lockstep_from":"2026-01-01T00:00:00.000000","lockstep_to":"2026-01-02T00:00:00.000000"}'`,
    ]);
    expect(first?.body?.cause).toMatch(/^lockstep materialize f [0-9a-f-]{36}$/);
    expect(cloud.asked.every(({ authorization }) => authorization === `Token ${token}`)).toBe(true);
    expect(cloud.asked.filter(({ path }) => path === '/api/v2/accounts/7/runs/900/').length).toBe(4);
    expect(posts()).toEqual([begun]);
  });

  test('a node that failed: its message, and the query’s id from the log', async () => {
    cloud.statuses = [20];
    cloud.results = results(
      'error',
      'Database Error in model f__grid (models/grids/f__grid.sql)\n  100035 (22007): Timestamp is not recognized',
    );
    cloud.logs =
      '10:00:00 Snowflake adapter: Snowflake query id: 01bd-of-another\n10:00:00 Snowflake adapter: Snowflake error: 002003: another\n10:00:01 Snowflake adapter: Snowflake query id: 01bd0000-0000-4e57\n10:00:01 Snowflake adapter: Snowflake error: 100035 (22007): Timestamp is not recognized\n';
    const { nodes } = await job.run(asked);
    expect(nodes[0]).toMatchObject({ status: 'error', queryId: '01bd0000-0000-4e57' });
  });

  test.each(['cut', 'done and cut', 500, 503] as const)('an answer to the trigger that gets lost (%s): one run at most', async (fault) => {
    cloud.faults = [({ method }) => (method === 'POST' ? fault : null)];
    const ran = job.run(asked);
    if (fault === 'done and cut') {
      expect((await ran).invocation).toBe('an-invocation');
      expect(cloud.runs.length).toBe(1);
    } else {
      await expect(ran).rejects.toThrow('whether it began nobody knows');
      expect(cloud.runs.length).toBe(0);
    }
    expect(posts()).toEqual([begun]);
  });

  test('another run of the same job is not taken for it', async () => {
    await job.run(asked);
    cloud.faults = [({ method }) => (method === 'POST' ? 'cut' : null)];
    await expect(job.run(asked)).rejects.toMatchObject({
      hint: expect.stringMatching(/^look for a run of job 42 with the cause lockstep materialize f [0-9a-f-]{36} /),
    });
    expect(cloud.runs.length).toBe(1);
  });

  test.each([429, 502, 'cut'] as const)('questions are asked again while the service is busy (%s), and not for ever', async (fault) => {
    let left = 3;
    cloud.faults = [({ method, path }) => (method === 'GET' && path.endsWith('/runs/900/') && left-- > 0 ? fault : null)];
    expect((await job.run(asked)).nodes.length).toBe(1);
    cloud.faults = [({ method }) => (method === 'GET' ? fault : null)];
    await expect(job.run(asked)).rejects.toThrow('run 901 goes on there');
    expect(posts()).toEqual([begun, begun]);
  });

  test.each([400, 401, 403, 404, 429])(
    'a trigger that is refused with %s is not sent again, and its message has no token',
    async (status) => {
      cloud.faults = [({ method }) => (method === 'POST' ? status : null)];
      const thrown = await job.run(asked).catch((error: unknown) => error as Error & { readonly hint?: string });
      expect(thrown).toMatchObject({ message: `it answers ${status}: refused Token *** (POST jobs/42/run/)` });
      expect(`${String(thrown)} ${JSON.stringify(thrown)}`).not.toContain(token);
      expect(cloud.asked.length).toBe(1);
    },
  );

  test('another address is not gone to, neither to begin a run nor to ask for one', async () => {
    const elsewhere = await cloudServer();
    cloud.faults = [() => ({ to: elsewhere.url })];
    await expect(job.run(asked)).rejects.toThrow('it answers 307 (POST jobs/42/run/)');
    cloud.faults = [({ method }) => (method === 'GET' ? { to: elsewhere.url } : null)];
    await expect(job.run(asked)).rejects.toThrow('it answers 307 (GET runs/900/); run 900 goes on there');
    expect(elsewhere.asked).toEqual([]);
  });

  test('a run that fails before dbt, or that somebody cancels, is an error with its page', async () => {
    cloud.statuses = [20];
    cloud.results = null;
    await expect(job.run(asked)).rejects.toMatchObject({
      message: 'run 900 failed before dbt had results: what went wrong',
      hint: `${cloud.url}/runs/900`,
    });
    cloud.statuses = [3, 30];
    await expect(job.run(asked)).rejects.toThrow('run 901 was cancelled there');
  });

  test('interrupted: the run is cancelled there, and none is begun any more', async () => {
    cloud.statuses = [3];
    const ran = job.run(asked);
    const failed = expect(ran).rejects.toThrow('interrupted: run 900 is cancelled');
    for (let tries = 0; cloud.asked.length < 3; tries++) {
      expect(tries).toBeLessThan(500);
      await new Promise((done) => setTimeout(done, 5));
    }
    job.interrupt();
    job.interrupt();
    await failed;
    expect(posts()).toEqual([begun, '/api/v2/accounts/7/runs/900/cancel/']);
    await expect(job.run(asked)).rejects.toThrow('interrupted');
    expect(cloud.runs.length).toBe(1);
  });

  test('a success without results is none, and neither are results of another kind', async () => {
    cloud.results = null;
    await expect(job.run(asked)).rejects.toThrow('it answers 404');
    cloud.results = '{"results": []}';
    await expect(job.run(asked)).rejects.toThrow('what it wrote as run_results.json is none');
    cloud.results = results('success', null).replace('v6.json', 'v9.json');
    await expect(job.run(asked)).rejects.toThrow('run-results/v9.json');
  });

  test('a text that is not ours is never part of a step', async () => {
    for (const text of ["'; rm -rf /; '", '{{ env_var() }}', '$HOME', '"x"'])
      await expect(job.run({ ...asked, vars: { lockstep_from: text } })).rejects.toThrow('dbt is not given');
    expect(cloud.asked).toEqual([]);
  });
});
