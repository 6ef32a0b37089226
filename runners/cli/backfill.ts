/** lockstep backfill: events that the topics have no more, from files into the store of a server that is not running. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { counted } from '../../compiler/counted.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import { readEvents } from '../data/events.ts';
import { formatTimestamp } from '../data/format-value.ts';
import { parseText } from '../data/parse-value.ts';
import { beginning } from '../stream/store/beginning.ts';
import { arrivedUntil, fill } from '../stream/store/fill.ts';
import { openKept } from '../stream/store/kept.ts';
import { UsageError } from '../usage-error.ts';
import type { CliCommand, CommonOptions, ExitCode, Output } from './command.ts';
import { required } from './given.ts';
import { loadProject } from './load.ts';

interface Options extends CommonOptions {
  readonly events?: string;
  readonly since?: string;
  readonly until?: string;
  readonly source?: readonly string[];
  readonly store: string;
}

export const backfill: CliCommand = {
  register: (program, run) => {
    program
      .command('backfill')
      .usage('--events <dir> --since <instant> [options]')
      .description('load history from files into the store of a server that is stopped; the topics continue where the files end')
      .option('--events <dir>', 'a folder with one file per source: <source>.ndjson, .csv or .parquet')
      .option('--since <instant>', 'from when on the files have every event, or: beginning')
      .option('--until <instant>', 'the files have everything that had arrived by then (default: the latest arrival in each file)')
      .option('--source <source...>', 'only these sources (default: all)')
      .option('--store <dir>', 'the store of `lockstep serve`; made if it is not there', '.lockstep/store')
      .option('--project <dir>', 'the project (default: the nearest folder with lockstep.yml)')
      .action((options: Options) => run((output) => loaded(options, output)));
  },
};

async function loaded(options: Options, output: Output): Promise<ExitCode> {
  const folder = required('--events <dir>', options.events);
  const since = instant('--since', required('--since <instant>', options.since));
  const until = options.until === undefined ? undefined : instant('--until', options.until);
  const project = await loadProject(options.project);
  const { catalog } = project.authored;
  const unknown = options.source?.find((name) => !catalog.sources.some((s) => s.name === name));
  if (unknown !== undefined)
    throw new UsageError(`there is no source ${unknown}`, `there are ${catalog.sources.map((s) => s.name).join(', ')}`);
  const sources = catalog.sources.filter((s) => options.source?.includes(s.name) ?? true);
  const { events, warnings } = await readEvents(resolve(folder), sources);
  for (const warning of warnings) output.say(`warning: ${warning}`);
  const place = resolve(project.folder, options.store);
  await mkdir(place, { recursive: true, mode: 0o700 });
  const store = await openKept(join(place, 'events.duckdb'), catalog.sources);
  try {
    for (const source of sources) {
      const rows = events.get(source.name)?.rows ?? [];
      const before = store.state().sources.get(source.name)?.counts;
      const progress = output.progress(`backfill ${source.name}`, rows.length);
      const end = until ?? arrivedUntil(source, rows) ?? since;
      await fill(store, { source, rows, since, until: end }, BigInt(Date.now()) * 1000n, progress.step);
      progress.end();
      const after = store.state().sources.get(source.name)?.counts;
      const taken = (after?.accepted ?? 0) - (before?.accepted ?? 0);
      const known = (after?.duplicates ?? 0) - (before?.duplicates ?? 0);
      output.result(
        `${source.name}: ${counted(taken, 'new row')}, ${known} there already, of ${rows.length}; complete to arrivals of ${formatTimestamp(end)}`,
      );
    }
  } finally {
    await store.close();
  }
  return 0;
}

function instant(option: string, text: string): bigint {
  if (text === 'beginning') return beginning;
  const parsed = parseText(text, timestamp);
  if ('problem' in parsed || parsed.value === null)
    throw new UsageError(`${option} is ${text}`, 'for example 2026-01-31T00:00:00, or beginning');
  return parsed.value as bigint;
}
