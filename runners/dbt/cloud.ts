/** dbt as a job of dbt Cloud: triggered with steps of its own, waited for, its artifacts fetched. No run is started twice. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { isObject, type Json } from '../../compiler/functions/json-values.ts';
import { EngineError } from '../engines/engine.ts';
import { type CloudSettings, cloudApi, jsonOf, refused } from './cloud-api.ts';
import { withFailedQueries } from './failed-queries.ts';
import { type DbtAsked, type DbtJob, type DbtRan, dbtArguments } from './job.ts';
import { type RunResults, runResults } from './run-results.ts';

/** https://docs.getdbt.com/dbt-cloud/api-v2: 1 queued, 2 starting, 3 running. */
const ended = { success: 10, error: 20, cancelled: 30 };

interface CloudRun {
  readonly id: string;
  readonly status: number;
  readonly message: string;
  readonly page: string;
  readonly cause: string;
  readonly logs: string;
}

export function openCloudDbt(settings: CloudSettings): DbtJob {
  const { hide, times } = settings;
  const api = cloudApi(settings);
  const stopping = new AbortController();
  const { signal } = stopping;
  let under: string | null = null;
  /** Of a request that was not answered. */
  let unknown: string | null = null;

  const runAt = async (path: string, given = signal): Promise<CloudRun> => {
    const run = runOf(dataOf(await api.get(path, given)));
    if (run === null) throw new EngineError('dbt Cloud', `what it says of a run is none (GET ${path})`);
    return run;
  };

  /** The run that an unanswered request may have started: its cause is no other's. */
  const startedBy = async (cause: string): Promise<CloudRun | null> => {
    let wait = times.retry[0];
    for (let tries = 0; tries < times.tries; tries++) {
      await pause(wait, undefined, { signal });
      const query = new URLSearchParams({ job_definition_id: settings.job, order_by: '-id', limit: '50', include_related: '["trigger"]' });
      const runs = dataOf(await api.get(`runs/?${query}`, signal));
      const found = (Array.isArray(runs) ? (runs as readonly Json[]) : []).map(runOf).find((run) => run?.cause === cause);
      if (found !== undefined && found !== null) return found;
      wait = Math.min(wait * 2, times.retry[1]);
    }
    return null;
  };

  const start = async (asked: DbtAsked): Promise<CloudRun> => {
    const cause = `${asked.cause} ${randomUUID()}`;
    const path = `jobs/${settings.job}/run/`;
    const answer = await api.post(path, { cause, steps_override: [stepOf(asked)] });
    if (answer !== null && answer.status >= 200 && answer.status < 300) {
      const run = runOf(dataOf(answer.text));
      if (run !== null) return run;
    }
    if (answer !== null && answer.status < 500 && answer.status >= 300) throw refused(answer, `POST ${path}`, hide);
    unknown = cause;
    const run = await startedBy(cause);
    unknown = null;
    if (run !== null) return run;
    throw new EngineError(
      'dbt Cloud',
      'it gave no answer when a run was asked for, and shows none with its cause: whether it began nobody knows',
      `look for a run of job ${settings.job} with the cause ${cause} before trying again`,
    );
  };

  const cancel = async (): Promise<void> => {
    if (under !== null) await api.post(`runs/${under}/cancel/`, {});
  };

  const toItsEnd = async (begun: CloudRun): Promise<CloudRun> => {
    let run = begun;
    for (let wait = times.wait[0]; !Object.values(ended).includes(run.status); wait = Math.min(wait * 1.5, times.wait[1])) {
      await pause(wait, undefined, { signal });
      run = await runAt(`runs/${run.id}/`).catch((thrown: unknown) => {
        if (thrown instanceof EngineError)
          throw new EngineError('dbt Cloud', `${thrown.message}; run ${run.id} goes on there`, hide(run.page));
        throw thrown;
      });
    }
    return run;
  };

  const ran = async (run: CloudRun): Promise<DbtRan> => {
    if (run.status === ended.cancelled) throw new EngineError('dbt Cloud', `run ${run.id} was cancelled there`, hide(run.page));
    const artifact = (name: string): Promise<string> => api.get(`runs/${run.id}/artifacts/${name}`, signal);
    const results = await artifact('run_results.json').then(runResults, (missing: unknown): RunResults => {
      if (run.status === ended.success) throw missing;
      throw new EngineError('dbt Cloud', `run ${run.id} failed before dbt had results: ${hide(run.message)}`, hide(run.page));
    });
    const { invocation, nodes } = results;
    const query = new URLSearchParams({ include_related: '["run_steps","debug_logs"]' });
    const logs = run.status === ended.error ? (await runAt(`runs/${run.id}/?${query}`)).logs : '';
    const shown = withFailedQueries(nodes, logs).map((node) => ({ ...node, message: node.message === null ? null : hide(node.message) }));
    return { invocation, nodes: shown, manifest: async () => jsonOf(await artifact('manifest.json')) };
  };

  return {
    run: async (asked) => {
      try {
        signal.throwIfAborted();
        const begun = await start(asked);
        under = begun.id;
        // It may have been asked for just before.
        if (signal.aborted) await cancel();
        const found = await ran(await toItsEnd(begun));
        for (const { id } of found.nodes) asked.done(id);
        return found;
      } catch (thrown) {
        if (!signal.aborted) throw thrown;
        await cancel();
        const what = under !== null ? `run ${under} is cancelled` : unknown === null ? 'no run was under way' : 'a run may have begun';
        throw new EngineError('dbt Cloud', `interrupted: ${what}`, unknown === null ? undefined : `its cause is ${unknown}`);
      } finally {
        under = null;
      }
    },
    interrupt: () => stopping.abort(),
  };
}

/** dbt Cloud reads it as a shell reads words; `dbtArguments` lets no quote and no dollar through. */
const stepOf = (asked: DbtAsked): string =>
  ['dbt', ...dbtArguments(asked).map((word) => (/^[\w.:/-]+$/.test(word) ? word : `'${word}'`))].join(' ');

const dataOf = (text: string): Json | undefined => {
  const body = jsonOf(text);
  return isObject(body) ? body['data'] : undefined;
};

function runOf(data: Json | undefined): CloudRun | null {
  if (!isObject(data) || !(typeof data['id'] === 'number' || typeof data['id'] === 'string') || typeof data['status'] !== 'number')
    return null;
  const { trigger, run_steps: steps } = data as Readonly<Record<string, Json>>;
  const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
  return {
    id: String(data['id']),
    status: data['status'],
    message: text(data['status_message']) || text(data['status_humanized']),
    page: text(data['href']),
    cause: isObject(trigger) ? text(trigger['cause']) : '',
    logs: (Array.isArray(steps) ? (steps as readonly Json[]) : [])
      .map((step) => (isObject(step) ? text(step['debug_logs']) : ''))
      .join('\n'),
  };
}
