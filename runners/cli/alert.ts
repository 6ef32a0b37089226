/** lockstep alert: tell people of verdicts that are not green, once, and of their end. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { featureName } from '../../compiler/authoring/feature-file.ts';
import type { AuthoredProject } from '../../compiler/authoring/index.ts';
import { counted } from '../../compiler/counted.ts';
import { hasErrors } from '../../compiler/diagnostics.ts';
import { renderDiagnostics } from '../../compiler/render-diagnostics.ts';
import type { SourceFile } from '../../compiler/source.ts';
import { channelNames, openChannels } from '../orchestrate/alerts/channels.ts';
import { type Groups, groupsOf, nobody, type Owned } from '../orchestrate/alerts/groups.ts';
import { withLock } from '../orchestrate/alerts/lock.ts';
import { standingOf } from '../orchestrate/alerts/standing.ts';
import { readStates, type States, stateOf, writeStates } from '../orchestrate/alerts/state.ts';
import { type ToldAlert, tell, untold } from '../orchestrate/alerts/tell.ts';
import type { About } from '../orchestrate/alerts/words.ts';
import { findProject, readProject } from '../project.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, CommonOptions, ExitCode, Output } from './command.ts';
import { required } from './given.ts';
import { oneOf } from './one-of.ts';
import { recorded } from './recorded.ts';

interface Options extends CommonOptions {
  readonly history?: string;
  readonly state?: string;
  readonly report?: string;
  readonly dryRun?: boolean;
}

export const alert: CliCommand = {
  register: (program, run) => {
    program
      .command('alert')
      .description('tell the channels of lockstep.yml what is VIOLATED, UNDECIDED or not compared, once, and what is PROVEN again')
      .option('--history <file>', 'where `parity --history` keeps its runs')
      .option('--state <file>', 'what was told already (default: beside the history, with .alerts.json behind its name)')
      .option('--report <url>', 'a page about the run, for people to open')
      .option('--dry-run', 'say what would be told, tell nobody, and keep nothing')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((options: Options) => run((output) => alerted(options, output)));
  },
};

/** For all channels and messages together, and how long another process is waited for. Milliseconds. */
const longest = 300_000;
const patience = 60_000;

async function alerted(options: Options, output: Output): Promise<ExitCode> {
  const format = oneOf('--format', options.format, ['text', 'json'] as const);
  const history = required('--history <file>', options.history);
  if (!existsSync(resolve(history))) throw new UsageError(`there is no history ${history}`, 'lockstep parity --history writes one');
  const file = resolve(options.state ?? `${history}.alerts.json`);
  const { authored, files } = await readWhole(options.project, output);
  const { alerts } = authored.config;
  const names = channelNames(alerts);
  if (names.length === 0)
    throw new UsageError('lockstep.yml names nobody to tell', 'alerts: { slack: "{{ env_var(\'SLACK_WEBHOOK_URL\') }}" }');
  const about: About = { project: authored.config.name, report: reportOf(options.report) };
  const owners = ownersOf(authored, files);
  const show = ({ groups, channels }: Shown): void =>
    output.result(
      format === 'json' ? JSON.stringify({ groups: groups.groups, channels }, null, 2) : textOf(channels, options.dryRun === true),
    );
  if (options.dryRun === true) {
    const groups = await groupsIn(history, owners, output);
    const states = await readStates(file);
    show({ groups, channels: names.map((channel) => ({ channel, alerts: untold(groups, stateOf(states, channel)) })) });
    return 0;
  }
  const channels = openChannels(alerts, process.env);
  const shown = await withLock(`${file}.lock`, { say: output.say, patience }, async (): Promise<Shown> => {
    const groups = await groupsIn(history, owners, output);
    let states: States = await readStates(file);
    const until = Date.now() + longest;
    const expected = channels.reduce((sum, { name }) => sum + untold(groups, stateOf(states, name)).length, 0);
    const progress = output.progress('alerts', expected);
    let done = 0;
    const told: ToldBy[] = [];
    for (const channel of channels) {
      const { name } = channel;
      const found = await tell(channel, groups, stateOf(states, name), {
        about,
        until,
        say: output.say,
        step: () => progress.step(++done),
        keep: async (state) => {
          states = { ...states, [name]: state };
          await writeStates(file, states);
        },
      });
      told.push({ channel: name, alerts: found });
    }
    progress.end();
    return { groups, channels: told };
  });
  if (shown !== null) show(shown);
  return 0;
}

interface ToldBy {
  readonly channel: string;
  readonly alerts: readonly ToldAlert[];
}

interface Shown {
  readonly groups: Groups;
  readonly channels: readonly ToldBy[];
}

/** Features that cannot be read are no hindrance; a `lockstep.yml` that cannot be is one. */
async function readWhole(
  named: string | undefined,
  output: Output,
): Promise<{ readonly authored: AuthoredProject; readonly files: readonly SourceFile[] }> {
  const read = await readProject(await findProject(named, process.cwd()));
  const own = read.diagnostics.filter((d) => d.span.file === 'lockstep.yml');
  if (hasErrors(own) || read.value === undefined) {
    output.say(renderDiagnostics(own, read.files, { color: output.color }));
    throw new UsageError('lockstep.yml is not as it should be');
  }
  return { authored: read.value, files: read.files };
}

/** A feature is in the project while its file is, whether or not that can be read. */
function ownersOf({ config, features }: AuthoredProject, files: readonly SourceFile[]): readonly Owned[] {
  const read = new Map(features.map(({ name, header }) => [name, header.owner ?? nobody]));
  const present = files.filter(({ path }) => path.startsWith(`${config.transforms}/features/`) && /\.sql$/i.test(path));
  return [...new Set(present.map(({ path }) => featureName(path)))].map((feature) => ({ feature, owner: read.get(feature) ?? null }));
}

async function groupsIn(history: string, owners: readonly Owned[], { say }: Output): Promise<Groups> {
  const verdicts = await recorded(history, [], say);
  const standing = new Set(standingOf(verdicts).verdicts.map(({ run }) => run));
  const known = new Set(verdicts.map(({ run }) => run.id));
  // Of a run that was added meanwhile there are no details.
  const runs = (await recorded(history, [...standing], say)).filter(({ run }) => known.has(run.id));
  return groupsOf(standingOf(runs), owners);
}

function reportOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(`--report ${text}: it is no address that begins with https://`);
  return url.href;
}

const textOf = (channels: readonly ToldBy[], isDry: boolean): string =>
  channels
    .flatMap(({ channel, alerts }) => [
      `${channel.padEnd(8)}${alerts.length === 0 ? 'nothing new' : summary(alerts, isDry)}`,
      ...alerts.map(({ title, delivered }) => `        ${delivered || isDry ? '' : 'not told: '}${title}`),
    ])
    .join('\n');

function summary(alerts: readonly ToldAlert[], isDry: boolean): string {
  if (isDry) return `would be told ${counted(alerts.length, 'alert')}`;
  const missed = alerts.filter(({ delivered }) => !delivered).length;
  return `told ${counted(alerts.length - missed, 'alert')}${missed === 0 ? '' : `, not told ${missed}`}`;
}
