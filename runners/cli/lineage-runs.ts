/** A command as a run of OpenLineage, with a run below it for each feature. Nobody is told where nobody is configured. */
import type { AuthoredProject } from '../../compiler/authoring/index.ts';
import { noData } from '../orchestrate/lineage/event.ts';
import { jobType } from '../orchestrate/lineage/facets.ts';
import { type Lineage, openLineage } from '../orchestrate/lineage/open.ts';
import { below, type Command, jobName, type OpenRun, type Started, startRun, writeFor } from '../orchestrate/lineage/runs.ts';
import type { Output } from './command.ts';
import { plainWords } from './feature-failure.ts';

export interface Runs {
  readonly lineage: Lineage;
  /** Below the command's own. */
  readonly start: (started: Started) => OpenRun;
  /** Of the command's own run: it ends so, and not as complete. */
  readonly stopped: () => void;
  readonly failed: (message: string) => void;
}

interface Given {
  readonly project: { readonly folder: string; readonly authored: AuthoredProject };
  readonly output: Output;
}

const nothing = { facets: {}, data: noData };

/** What is thrown is told, and thrown again. */
export async function asRun<T>(command: Command, { project, output }: Given, work: (runs: Runs | null) => Promise<T>): Promise<T> {
  const { folder, authored } = project;
  const lineage = await openLineage({ config: authored.config, folder, environment: process.env, say: output.say, lanes: 1 });
  if (lineage === null) return work(null);
  const { speaker, ancestors } = lineage;
  const job = { ...jobName(speaker, command, null), facets: { jobType: jobType(writeFor(speaker), 'BATCH', 'COMMAND') } };
  const own = startRun(lineage, { ...nothing, job }, ancestors);
  let end = (): void => own.complete(nothing);
  try {
    const result = await work({
      lineage,
      start: (started) => startRun(lineage, started, below(own, ancestors)),
      stopped: () => {
        end = () => own.abort(nothing);
      },
      failed: (message) => {
        end = () => own.fail(message);
      },
    });
    end();
    return result;
  } catch (thrown) {
    own.fail(plainWords(thrown));
    throw thrown;
  } finally {
    await lineage.close();
  }
}
