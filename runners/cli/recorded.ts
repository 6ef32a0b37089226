/** What is said of a run of parity as a whole, and where `--history` keeps it. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { formatTimestamp } from '../data/format-value.ts';
import { appendRun, type Details, readRuns } from '../history/history.ts';
import { type Opening, openToWrite } from '../history/open.ts';
import { type ReportedRun, type Run, runId } from '../history/run.ts';
import { lockstepVersion } from '../lockstep-version.ts';
import { UsageError } from '../usage-error.ts';

/** Milliseconds that another process may keep the file. */
const patience = 60_000;

const opening = (say: Opening['say']): Opening => ({ say, patience });
const now = (): string => formatTimestamp(BigInt(Date.now()) * 1000n);

/** Before the work: an hour later it would be a pity. */
export async function requireUsable(history: string | undefined, say: Opening['say']): Promise<void> {
  if (history === undefined) return;
  const file = resolve(history);
  if (!existsSync(dirname(file))) throw new UsageError(`--history ${history}: there is no folder ${dirname(file)}`);
  if (existsSync(file)) (await openToWrite(file, opening(say))).close();
}

type StartedRun = Omit<Run, 'finishedAt' | 'batchEngine' | 'streamEngine'>;

export async function startedRun(
  given: Pick<Run, 'mode' | 'seed' | 'target' | 'confidence' | 'raw'>,
  options: Readonly<Record<string, unknown>>,
): Promise<StartedRun> {
  const startedAt = now();
  return {
    id: runId(startedAt, randomBytes(3).toString('hex')),
    startedAt,
    ...given,
    lockstep: await lockstepVersion(),
    options,
  };
}

/** `engines`: with their versions. */
export const finished = (run: StartedRun, engines: Pick<Run, 'batchEngine' | 'streamEngine'>): Run => ({
  ...run,
  ...engines,
  finishedAt: now(),
});

export async function record(history: string | undefined, reported: ReportedRun, say: Opening['say']): Promise<void> {
  if (history === undefined) return;
  await appendRun(resolve(history), reported, opening(say));
  say(`run ${reported.run.id} is in ${history}${reported.run.raw ? ', with personal values as they are (--raw)' : ''}`);
}

export const recorded = (history: string, details: Details, say: Opening['say']): Promise<readonly ReportedRun[]> =>
  readRuns(resolve(history), opening(say), details);
