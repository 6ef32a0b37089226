/** What checks of assets found. */
import { type AssetKey, assetKeyParts, assetKeyText } from '../asset-key.ts';
import { DagsterClientError } from '../client-error.ts';
import type { DagsterServer } from '../server.ts';
import type { CheckExecutionsQuery } from './operations.ts';
import { ask, only } from './request.ts';

/** Metadata has the types of the schema; numbers are texts there, of which none is cut. */
export type CheckExecution = CheckExecutionsQuery['assetCheckExecutions'][number];

export interface CheckQuestion {
  readonly assetKey: AssetKey;
  readonly checkName: string;
  /** '' for executions of no partition; all, if left out. */
  readonly partition?: string | undefined;
  /** 25, if nothing is said. */
  readonly limit?: number | undefined;
  /** The `id` of the last one that is known: those before it. */
  readonly before?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Newest first. Empty also for a check that nobody knows. */
export async function checkExecutions(server: DagsterServer, question: CheckQuestion): Promise<readonly CheckExecution[]> {
  const { assetKey, checkName, partition, limit = 25, before, signal } = question;
  const variables = {
    assetKey: { path: assetKeyParts(assetKey) },
    checkName,
    limit,
    ...(partition === undefined ? {} : { partition }),
    ...(before === undefined ? {} : { cursor: before }),
  };
  return (await ask(server, 'CheckExecutions', variables, signal)).assetCheckExecutions;
}

/** How far back the executions of a check are looked through for those of one run. */
const farthest = 1_000;

/** Every execution of a check in this run. One that was to be made and was not is among them, with its status and no evaluation. */
export async function checksOfRun(server: DagsterServer, runId: string, signal?: AbortSignal): Promise<readonly CheckExecution[]> {
  const { runOrError } = await ask(server, 'ChecksOfRun', { runId }, signal);
  const found: CheckExecution[] = [];
  for (const { name, assetKey } of only(server, runOrError, 'Run').assetChecks ?? [])
    found.push(...(await ofRun(server, runId, { assetKey: assetKey.path, checkName: name, limit: 100, signal })));
  return found;
}

async function ofRun(server: DagsterServer, runId: string, question: CheckQuestion): Promise<readonly CheckExecution[]> {
  const found: CheckExecution[] = [];
  let before: string | undefined;
  for (let seen = 0; seen < farthest; ) {
    const page = await checkExecutions(server, { ...question, before });
    found.push(...page.filter((execution) => execution.runId === runId));
    seen += page.length;
    before = page.at(-1)?.id;
    // Those of a run lie together.
    if (before === undefined || (found.length > 0 && page.at(-1)?.runId !== runId)) break;
  }
  if (found.length > 0) return found;
  const key = assetKeyText(question.assetKey);
  throw new DagsterClientError(`the check ${question.checkName} of ${key} was to be executed in run ${runId}, and no execution is found`);
}
