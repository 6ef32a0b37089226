/** lockstep backfill: events that the topics have no more, from files or the warehouse into the store of a server that is not running. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import { formatTimestamp } from '../data/format-value.ts';
import { parseText } from '../data/parse-value.ts';
import { beginning } from '../stream/store/beginning.ts';
import { fill } from '../stream/store/fill.ts';
import { type KeptStore, openKept } from '../stream/store/kept.ts';
import { type Counts, emptySource } from '../stream/store/state.ts';
import { UsageError } from '../usage-error.ts';
import { openEventFiles } from '../warehouse/event-files.ts';
import { openTarget } from '../warehouse/open-target.ts';
import { targetNamed } from '../warehouse/target-file.ts';
import type { Past } from '../warehouse/warehouse.ts';
import type { CliCommand, CommonOptions, ExitCode, Output } from './command.ts';
import { required } from './given.ts';
import { loadProject } from './load.ts';

interface Options extends CommonOptions {
  readonly events?: string;
  readonly target?: string;
  readonly since?: string;
  readonly until?: string;
  readonly source?: readonly string[];
  readonly store: string;
}

export const backfill: CliCommand = {
  register: (program, run) => {
    program
      .command('backfill')
      .usage('(--events <dir> | --target <name>) --since <instant> [options]')
      .description('load history from files or the warehouse into the store of a server that is stopped; the topics continue where it ends')
      .option('--events <dir>', 'a folder with one file per source: <source>.ndjson, .csv or .parquet')
      .option('--target <name>', 'a target of lockstep.yml: the `warehouse` of each source is read there')
      .option(
        '--since <instant>',
        'from when on history has every event, or: beginning; from a target only events dated since then are read, and all versions of tables',
      )
      .option('--until <instant>', 'history has everything that had arrived by then (default: the latest arrival in each source)')
      .option('--source <source...>', 'only these sources (default: all)')
      .option('--store <dir>', 'the store of `lockstep serve`; made if it is not there', '.lockstep/store')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .action((options: Options) => run((output) => loaded(options, output)));
  },
};

async function loaded(options: Options, output: Output): Promise<ExitCode> {
  const { events, target } = options;
  if ((events === undefined) === (target === undefined))
    throw new UsageError('history comes from files or from a warehouse', 'give one of --events <dir> and --target <name>');
  const since = instant('--since', required('--since <instant>', options.since));
  const until = options.until === undefined ? null : instant('--until', options.until);
  const project = await loadProject(options.project);
  const { catalog, config } = project.authored;
  const unknown = options.source?.find((name) => !catalog.sources.some((s) => s.name === name));
  if (unknown !== undefined)
    throw new UsageError(`there is no source ${unknown}`, `there are ${catalog.sources.map((s) => s.name).join(', ')}`);
  const sources = catalog.sources.filter((s) => options.source?.includes(s.name) ?? true);
  const warehouse =
    target === undefined
      ? await openEventFiles(resolve(required('--events <dir>', events)), sources, (warning) => output.say(`warning: ${warning}`))
      : await openTarget(
          { name: target, declared: targetNamed(config, target), folder: project.folder, environment: process.env, say: output.say },
          'backfill',
        );
  try {
    const pasts: Past[] = [];
    // All of them, before anything is written.
    for (const source of sources) pasts.push(await warehouse.past(source, since));
    const place = resolve(project.folder, options.store);
    await mkdir(place, { recursive: true, mode: 0o700 });
    const store = await openKept(join(place, 'events.duckdb'), catalog.sources);
    try {
      for (const past of pasts) output.result(await load(store, past, since, until, output));
    } finally {
      await store.close();
    }
  } finally {
    await warehouse.close();
  }
  return 0;
}

async function load(store: KeptStore, past: Past, since: bigint, until: bigint | null, output: Output): Promise<string> {
  const { source, total } = past;
  const counts = (): Counts => store.state().sources.get(source.name)?.counts ?? emptySource(source.name).counts;
  const before = counts();
  const progress = output.progress(`backfill ${source.name}`, total);
  const end = await fill(store, { source, pieces: past.pieces(), since, until }, BigInt(Date.now()) * 1000n, progress.step);
  progress.end();
  const after = counts();
  const quarantined = after.quarantined - before.quarantined;
  return `${source.name}: ${counted(after.accepted - before.accepted, 'new row')}, ${after.duplicates - before.duplicates} there already${
    quarantined === 0 ? '' : `, ${quarantined} quarantined`
  }, of ${total}; complete to arrivals of ${formatTimestamp(end)}`;
}

function instant(option: string, text: string): bigint {
  if (text === 'beginning') return beginning;
  const parsed = parseText(text, timestamp);
  if ('problem' in parsed || parsed.value === null)
    throw new UsageError(`${option} is ${text}`, 'for example 2026-01-31T00:00:00, or beginning');
  return parsed.value as bigint;
}
