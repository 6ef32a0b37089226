/** dbt as a process beside this one. No shell reads its arguments, and what it writes goes into a folder of its own. */
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isObject, type Json } from '../../compiler/functions/json-values.ts';
import { EngineError } from '../engines/engine.ts';
import { UsageError } from '../usage-error.ts';
import type { Environment } from '../warehouse/environment.ts';
import { endOf, startChild } from './child.ts';
import { withFailedQueries } from './failed-queries.ts';
import { type DbtJob, dbtArguments, type NodeResult } from './job.ts';
import { runResults } from './run-results.ts';

export interface LocalDbt {
  readonly command: string;
  /** Folders. `profiles` null: where dbt itself looks. */
  readonly project: string;
  readonly profiles: string | null;
  readonly target: string | null;
  readonly environment: Environment;
  /** What comes from outside, without secrets. */
  readonly hide: (text: string) => string;
}

export interface LocalJob extends DbtJob {
  readonly close: () => Promise<void>;
}

export async function openLocalDbt(settings: LocalDbt): Promise<LocalJob> {
  // Of this job alone: what dbt has parsed is kept from one run to the next.
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-dbt-'));
  let child: ChildProcess | null = null;
  let isInterrupted = false;
  return {
    run: async (asked) => {
      if (isInterrupted) throw interrupted();
      await rm(join(folder, 'run_results.json'), { force: true });
      const process = started(settings, folder, dbtArguments(asked));
      child = process;
      const { code, events, said } = await ended(process, settings, asked.done);
      child = null;
      if (isInterrupted) throw interrupted();
      const results = await readFile(join(folder, 'run_results.json'), 'utf8').catch(() => null);
      if (results === null || code === 2) throw withoutResults(code, said, settings);
      const { invocation, nodes } = runResults(results);
      return {
        invocation,
        nodes: withFailedQueries(nodes, events).map((node) => shown(node, settings.hide)),
        manifest: async () => JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as unknown,
      };
    },
    interrupt: () => {
      // A second one would let dbt end without cancelling its queries.
      if (!isInterrupted) child?.kill('SIGINT');
      isInterrupted = true;
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

const interrupted = (): EngineError => new EngineError('dbt', 'interrupted: the run that was under way is cancelled');

function started({ command, project, profiles, target, environment }: LocalDbt, folder: string, asked: readonly string[]): ChildProcess {
  const [verb = '', ...more] = asked;
  const settings = [
    ...['--project-dir', project, '--target-path', folder, '--log-level', 'debug', '--log-format', 'json', '--log-level-file', 'none'],
    ...(profiles === null ? [] : ['--profiles-dir', profiles]),
    ...(target === null ? [] : ['--target', target]),
  ];
  const env = { ...withoutSwitches(environment), DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' };
  return startChild(command, [verb, ...more, ...settings], { cwd: project, env });
}

/** What would change which rows a run reads or replaces: only Lockstep says that. */
const switches =
  /^DBT_(?:FULL_REFRESH|EMPTY|SAMPLE|DEFER|DEFER_STATE|FAVOR_STATE|STATE|EVENT_TIME_START|EVENT_TIME_END|EXCLUDE|VARS|FAIL_FAST)/;

const withoutSwitches = (environment: Environment): Environment =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !switches.test(name)));

interface Ended {
  readonly code: number | null;
  /** Debug lines of queries that failed. */
  readonly events: string;
  /** Errors that dbt told of, the first ones. */
  readonly said: readonly string[];
}

const mostSaid = 20;
const hint = 'install dbt-core and dbt-snowflake, or say where dbt is: `command` of `dbt`';

async function ended(child: ChildProcess, { command, hide }: LocalDbt, done: (node: string) => void): Promise<Ended> {
  const said: string[] = [];
  let events = '';
  const closed = endOf(child).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT'
      ? new UsageError(`there is no command ${hide(command)}, or no folder of the dbt project`, hint)
      : new EngineError('dbt', `it cannot be started: ${hide(error.message)}`, hint);
  });
  const say = (text: string): void => void (text.trim() !== '' && said.length < mostSaid && said.push(text.trim()));
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', say);
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = eventOf(line);
      if (event === null) return say(line);
      if (event.name === 'NodeFinished') done(event.node);
      if (/Snowflake (?:query id|error): /.test(event.message)) events += `${event.message}\n`;
      if (event.level === 'error') say(event.message);
    });
  const code = await closed;
  return { code, events, said };
}

interface Event {
  readonly name: string;
  readonly level: string;
  readonly message: string;
  readonly node: string;
}

/** Null: it is no line of dbt's log. */
function eventOf(line: string): Event | null {
  let event: Json;
  try {
    event = JSON.parse(line) as Json;
  } catch {
    return null;
  }
  const [info, data] = isObject(event) ? [event['info'], event['data']] : [];
  if (!isObject(info)) return null;
  const about = isObject(data) && isObject(data['node_info']) ? data['node_info'] : {};
  return { name: String(info['name']), level: String(info['level']), message: String(info['msg']), node: String(about['unique_id'] ?? '') };
}

function withoutResults(code: number | null, said: readonly string[], { hide, project }: LocalDbt): EngineError {
  const ending = code === null ? 'it was killed' : `it ended with exit code ${code}`;
  return new EngineError(
    'dbt',
    `${ending}, without results${said.length === 0 ? '' : `:\n${hide(said.join('\n'))}`}`,
    `the project is ${hide(project)}`,
  );
}

const shown = (node: NodeResult, hide: (text: string) => string): NodeResult => ({
  ...node,
  message: node.message === null ? null : hide(node.message),
});
