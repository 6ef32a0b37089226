/** Runs: begun, watched, ended. */
import { setTimeout as pause } from 'node:timers/promises';
import { type AssetKey, assetKeyParts } from '../asset-key.ts';
import { DagsterClientError } from '../client-error.ts';
import type { JsonObject } from '../json.ts';
import { DagsterRequestError, type DagsterServer } from '../server.ts';
import type { RunStateQuery, RunStatus, TerminateRunPolicy } from './operations.ts';
import { ask, only } from './request.ts';

export interface Job {
  readonly location: string;
  readonly repository: string;
  readonly job: string;
}

export interface Launch {
  readonly location: string;
  /** `__repository__`, if nothing is said: that of a code location of `Definitions`. */
  readonly repository?: string | undefined;
  /** `__ASSET_JOB`, if nothing is said: every asset and check of the location. */
  readonly job?: string | undefined;
  readonly assets?: readonly AssetKey[] | undefined;
  /** If left out, all checks of `assets`. */
  readonly checks?: readonly { readonly assetKey: AssetKey; readonly checkName: string }[] | undefined;
  readonly config?: JsonObject | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type Run = Extract<RunStateQuery['runOrError'], { readonly __typename: 'Run' }>;

export interface Waiting {
  /** Milliseconds from now on. Afterwards the run goes on, and DagsterWaitError is thrown. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two questions: the first, and the longest. */
  readonly pauses?: readonly [first: number, longest: number] | undefined;
}

/** A run that had not ended at the deadline. */
export class DagsterWaitError extends Error {
  readonly runId: string;
  /** The last that was known of it; null if Dagster never answered. */
  readonly status: RunStatus | null;

  constructor(runId: string, status: RunStatus | null) {
    super(`run ${runId} had not ended at the deadline: ${status ?? 'Dagster did not answer'}`);
    this.name = 'DagsterWaitError';
    this.runId = runId;
    this.status = status;
  }
}

/** A record, so that a status which a later Dagster has is an error of types. */
const ends: Readonly<Record<RunStatus, boolean>> = {
  QUEUED: false,
  NOT_STARTED: false,
  MANAGED: false,
  STARTING: false,
  STARTED: false,
  SUSPENDED: false,
  CANCELING: false,
  SUCCESS: true,
  FAILURE: true,
  CANCELED: true,
};

export async function jobs(server: DagsterServer, signal?: AbortSignal): Promise<readonly Job[]> {
  const { repositoriesOrError } = await ask(server, 'Jobs', {}, signal);
  return only(server, repositoriesOrError, 'RepositoryConnection').nodes.flatMap(({ name, location, jobs: of }) =>
    of.map((job) => ({ location: location.name, repository: name, job: job.name })),
  );
}

/** Asked once. After `unreachable` and `timeout` a run may have begun: a tag of its own shows which it is. */
export async function launchRun(server: DagsterServer, launch: Launch): Promise<string> {
  const { location, repository = '__repository__', job = '__ASSET_JOB', assets, checks, config = {}, tags = {}, signal } = launch;
  const { launchRun: result } = await ask(
    server,
    'LaunchRun',
    {
      executionParams: {
        selector: {
          repositoryLocationName: location,
          repositoryName: repository,
          jobName: job,
          ...(assets === undefined ? {} : { assetSelection: assets.map((key) => ({ path: assetKeyParts(key) })) }),
          ...(checks === undefined
            ? {}
            : {
                assetCheckSelection: checks.map(({ assetKey, checkName: name }) => ({ assetKey: { path: assetKeyParts(assetKey) }, name })),
              }),
        },
        runConfigData: config,
        executionMetadata: { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) },
      },
    },
    signal,
  );
  return only(server, result, 'LaunchRunSuccess').run.runId;
}

export async function runState(server: DagsterServer, runId: string, signal?: AbortSignal): Promise<Run> {
  return only(server, (await ask(server, 'RunState', { runId }, signal)).runOrError, 'Run');
}

/** The run, when it has ended, however it did. Asks again where Dagster is busy or not reached; the run goes on if `signal` ends the waiting. */
export async function waitForRun(server: DagsterServer, runId: string, waiting: Waiting): Promise<Run> {
  const { deadline, signal, pauses: [first, longest] = [500, 10_000] } = waiting;
  if (!(deadline > 0)) throw new DagsterClientError('the deadline is a number of milliseconds from now on');
  const until = Date.now() + deadline;
  let status: RunStatus | null = null;
  for (let wait = first; ; wait = Math.min(wait * 1.5, longest)) {
    const left = until - Date.now();
    if (left <= 0) throw new DagsterWaitError(runId, status);
    const run = await runState({ ...server, patience: Math.min(server.patience ?? 30_000, left) }, runId, signal).catch(ifForNow);
    if (run !== null && ends[run.status]) return run;
    status = run?.status ?? status;
    await pause(Math.max(0, Math.min(wait, until - Date.now())), undefined, signal === undefined ? {} : { signal });
  }
}

function ifForNow(thrown: unknown): null {
  const { failure, status } = thrown instanceof DagsterRequestError ? thrown : { failure: null, status: null };
  if (failure === 'unreachable' || failure === 'timeout' || (failure === 'status' && (status === 429 || (status ?? 0) >= 500))) return null;
  throw thrown;
}

export async function terminateRun(server: DagsterServer, runId: string, policy: TerminateRunPolicy = 'SAFE_TERMINATE'): Promise<void> {
  const { terminateRun: result } = await ask(server, 'TerminateRun', { runId, terminatePolicy: policy });
  only(server, result, 'TerminateRunSuccess');
}
