/** lockstep lambda roll-back: a tag goes back to a version that it named before. */
import { resolve } from 'node:path';
import type { Command as Program } from 'commander';
import { verdictsOn } from '../history/verdicts.ts';
import { lastProven } from '../promotion/last-proven.ts';
import { UsageError } from '../usage-error.ts';
import type { Output, Run } from './command.ts';
import { deployedFeature } from './deployed.ts';
import { type BothOptions, movedBoth } from './lambda-both.ts';
import { call, compiledOnes, type LambdaOptions, lambdaCommand, moved, type Shown, segment, shownBy } from './lambda-command.ts';
import { callServer } from './server-call.ts';

interface Options extends LambdaOptions, BothOptions {
  readonly to?: string;
  readonly toProven?: boolean;
  readonly history?: string;
}

export function rollBack(parent: Program, run: Run): void {
  lambdaCommand(parent, 'roll-back <name> <tag>', 'move a tag to where it was before')
    .alias('rollback')
    .option('--workspace <name>', 'of lambdas that are no compiled features', compiledOnes)
    .option('--to <version>', 'to this version, which the tag named before')
    .option('--to-proven', 'to the last version before that parity has proven; with --history')
    .option('--both', "the feature's name in a target, too, and it stays there; with --target")
    .option('--target <name>', 'a target of lockstep.yml')
    .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
    .option('--history <file>', 'where `parity --history` kept its verdicts')
    .action((name: string, tag: string, options: Options) => shownBy(run, options, (output) => rolledBack(name, tag, options, output)));
}

async function rolledBack(name: string, tag: string, options: Options, output: Output): Promise<Shown> {
  const { to, toProven = false, history, workspace = compiledOnes } = options;
  if (to !== undefined && toProven) throw new UsageError('--to and --to-proven say twice where to', 'leave one out');
  if (toProven !== (history !== undefined)) throw new UsageError('--to-proven asks a history: give both --to-proven and --history FILE');
  const isPlain = to === undefined && !toProven && options.both !== true && options.target === undefined;
  if (isPlain) return moved(name, await call(options, 'POST', [name, 'tags', tag, 'roll-back']));
  if (workspace !== compiledOnes) throw new UsageError('--to, --to-proven and --both are for compiled features');
  const version = to ?? (await (toProven ? provenBefore(name, tag, resolve(history ?? ''), options, output) : before(name, tag, options)));
  const left = (await deployedFeature(options.url, name)).tags[tag] ?? null;
  const batch = await movedBoth(
    options,
    name,
    version,
    left,
    async () => {
      await rollBackTo(options.url, name, tag, version);
      return true;
    },
    output.say,
  );
  const shown = moved(name, { data: { tag_name: tag, version: { version } } });
  if (batch === null) return shown;
  output.say(`${name} in ${batch.target} shows version ${version}, and no run moves it to ${left}`);
  if (batch.todo !== undefined) output.say(`warning: ${name} in ${batch.target}: ${batch.todo}`);
  return { ...shown, json: { ...(shown.json as object), batch } };
}

export async function rollBackTo(url: string, feature: string, tag: string, to: string): Promise<void> {
  await callServer(url, 'POST', `/features/${segment(feature)}/tags/${segment(tag)}/roll-back`, { to });
}

async function before(name: string, tag: string, { url }: Options): Promise<string> {
  const version = (await deployedFeature(url, name)).trails[tag]?.at(-2);
  if (version !== undefined) return version;
  throw new UsageError(`the tag ${tag} of ${name} was never anywhere else`);
}

async function provenBefore(name: string, tag: string, history: string, { url }: Options, output: Output): Promise<string> {
  const deployed = await deployedFeature(url, name);
  const evidence = await verdictsOn(history, name, { say: output.say, patience: 10_000 });
  const version = lastProven(deployed, tag, evidence);
  if (version !== null) return version;
  throw new UsageError(
    `the tag ${tag} of ${name} never named another version that parity has proven`,
    `lockstep lambda show ${name} has the versions; --to names one of them`,
  );
}
