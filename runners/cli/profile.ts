/** lockstep profile: what a feature's lambda costs, on given events or on a server's store. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { readEvents } from '../data/events.ts';
import { readSpine } from '../data/spine.ts';
import { adviceOn, countedUp } from '../profile/advice.ts';
import { measure } from '../profile/measure.ts';
import { type Profile, profileText } from '../profile/profile.ts';
import { openStoreToRead, withStoreOf } from '../profile/store.ts';
import { shownProfile } from '../profile/text.ts';
import { compiledLambda } from '../stored-lambda.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, CommonOptions, Output } from './command.ts';
import { rowCount } from './given.ts';
import { type LoadedProject, loadProject, requireFeature } from './load.ts';
import { oneOf } from './one-of.ts';
import { textTable } from './table.ts';

interface Options extends CommonOptions {
  readonly store?: string;
  readonly events?: string;
  readonly entities?: string;
  readonly spine?: string;
  readonly requests?: string;
  readonly json?: string;
}

const entitiesByDefault = 100;

export const profile: CliCommand = {
  register: (program, run) => {
    program
      .command('profile [feature]')
      .usage('<feature> --events <dir> | --store <place> [options]')
      .description("what a feature's lambda costs: latency by batch size, rows scanned, time by stage, and what would help")
      .option('--events <dir>', 'a folder with one file per source: <source>.ndjson, .csv or .parquet')
      .option('--store <place>', 'the store of a server that is stopped: what `serve --store` was given, or its file; it is only read')
      .option('--entities <n>', `so many entities with rows, from the lightest to the heaviest (default: ${entitiesByDefault})`)
      .option('--spine <file>', 'what is asked instead: entity columns and as_of')
      .option('--requests <n>', 'requests for each batch size (default: 200, or what there is time for in 10 seconds)')
      .option('--json <file>', 'also write the profile, for `lockstep check --profile`')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .option('--format <format>', 'text or json', 'text')
      .action((name: string | undefined, options: Options) =>
        run(async (output) => {
          const format = oneOf('--format', options.format, ['text', 'json'] as const);
          const project = await loadProject(options.project);
          const found = await profiled(name, options, project, output);
          if (options.json !== undefined) await written(resolve(options.json), profileText(found.profile));
          output.result(format === 'json' ? profileText(found.profile) : shownProfile(found, textTable));
          return 0;
        }),
      );
  },
};

async function profiled(name: string | undefined, options: Options, project: LoadedProject, output: Output) {
  const { events, store, spine } = options;
  if ((events === undefined) === (store === undefined))
    throw new UsageError('give either --events <dir> or --store <place>', 'a profile is of a feature on data');
  if (spine !== undefined && options.entities !== undefined)
    throw new UsageError('--entities and --spine both say what is asked', 'leave one of them out');
  const most = rowCount('--entities', options.entities ?? String(entitiesByDefault));
  const requests = options.requests === undefined ? undefined : rowCount('--requests', options.requests);
  const compiled = requireFeature(project, name, output);
  const { catalog } = project.authored;
  const { feature } = compiled;
  const warn = (warning: string): void => output.say(`warning: ${warning}`);
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  const ask = spine === undefined ? most : await readSpine(resolve(spine), feature.entity, warn);
  const lambda = compiledLambda(compiled, catalog);
  const at = new Date().toISOString().slice(0, 19);
  const bar = output.progress(`profile ${feature.name}`, 1);
  const measuring = { compiled, lambda, catalog, ask, requests, at, onProgress: (done: number, of: number) => bar.step(done / of) };
  const taken = await (async (): Promise<Profile> => {
    if (store !== undefined) {
      const connection = await openStoreToRead(resolve(store), sources);
      try {
        return await measure(connection, measuring);
      } finally {
        connection.close();
      }
    }
    const read = await readEvents(resolve(events ?? ''), sources);
    for (const warning of read.warnings) warn(warning);
    return withStoreOf(sources, read.events, (connection) => measure(connection, measuring));
  })();
  bar.end();
  const budget = feature.latencyBudget === null ? null : BigInt(feature.latencyBudget);
  return { profile: taken, advice: [...adviceOn(taken), ...(lambda.eventIndex === undefined ? [] : [countedUp])], budget };
}

async function written(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
