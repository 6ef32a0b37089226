/** What the sides of `parity` are given: events, engines, tables. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { tableSources } from '../../compiler/artifacts/universe.ts';
import type { Source } from '../../compiler/catalog.ts';
import type { BatchTable } from '../data/batch-table.ts';
import { readEvents, type SourceRows } from '../data/events.ts';
import { readInterval } from '../data/interval.ts';
import { isServer, readServerEvents } from '../data/server-events.ts';
import type { Meter } from '../parity/meter.ts';
import { type DeployedFeatures, deployedOn } from '../parity/server-answers.ts';
import { openSides, type SideEngines, type Sides } from '../parity/sides.ts';
import { withTables } from '../parity/table-batch.ts';
import { UsageError } from '../usage-error.ts';
import { presentTargets } from '../warehouse/target-file.ts';
import { type BatchSide, batchSideOf, eventsOfTarget, openTables, type Unreadable } from './batch-side.ts';
import { type Foreign, readForeign } from './foreign.ts';
import type { LoadedProject } from './load.ts';
import { oneOf } from './one-of.ts';
import type { RunBudget } from './parity-budget.ts';
import { batchSides, type ParityOptions, streamSides } from './parity-options.ts';

interface Given {
  readonly batch: BatchSide;
  /** undefined: what batch has, or, of a log, nobody kept what the stream had. */
  readonly stream: string | undefined;
}

/** Where each side's events are. */
export function givenOf(options: ParityOptions, project: LoadedProject, say?: (text: string) => void): Given {
  const { mode, events, batch, realtime, servedLog, spine, artifacts, batchTable, batchEngine } = options;
  const side = batch === undefined ? undefined : batchSideOf(batch, project, say);
  const url = askedServer(options);
  if (mode === 'logic' && url === undefined && (side?.kind === 'folder' || realtime !== undefined))
    throw new UsageError(
      '--batch and --realtime are for --mode replay and served: in logic mode both forms get the same --events',
      side?.kind === 'folder' && /^[\w-]+$/.test(batch ?? '')
        ? `there is no target ${batch}: ${presentTargets(project.authored.config)}`
        : undefined,
    );
  if (url !== undefined && (artifacts !== undefined || options.lambdaSql !== undefined || options.streamEngine !== 'duckdb'))
    throw new UsageError(
      '--artifacts, --lambda-sql and --stream-engine are not for a server that is asked: it answers with what is deployed there',
    );
  if (events !== undefined && (batch !== undefined || realtime !== undefined))
    throw new UsageError('--events is for both sides: give it, or --batch and --realtime');
  if ((mode === 'served') !== (servedLog !== undefined))
    throw new UsageError(mode === 'served' ? '--served-log is missing: what was answered' : '--served-log is for --mode served');
  if (mode === 'served' && (spine !== undefined || artifacts !== undefined))
    throw new UsageError('--spine and --artifacts are not for --mode served: the log says what was asked, and what answered');
  if (side?.kind === 'target' && batchTable !== undefined)
    throw new UsageError('--batch names a target, whose tables answer: give it or --batch-table');
  if (side?.kind === 'target' && batchEngine !== 'duckdb')
    throw new UsageError('--batch-engine is for a batch form that is asked: the tables of a target have its answers');
  if (side?.kind === 'target' && side.relation !== null && options.feature?.length !== 1)
    throw new UsageError(`--batch ${batch} is the relation of one feature: name it with --feature`);
  const left = events === undefined ? side : ({ kind: 'folder', folder: resolve(events) } as const);
  const right = events ?? realtime;
  if (left === undefined || (right === undefined && mode !== 'served' && !(mode === 'logic' && left.kind === 'target')))
    throw new UsageError(
      mode === 'logic' ? '--events is missing: a folder with one file per source' : 'give --events, or --batch and --realtime',
    );
  if (side?.kind === 'folder' && !existsSync(side.folder))
    throw new UsageError(`--batch ${batch}: there is no such folder, and no target of that name`, presentTargets(project.authored.config));
  return { batch: left, stream: right };
}

export interface Loaded {
  readonly sides: Sides;
  readonly foreign: Foreign;
  /** Whose rows are batch's answers; undefined: batch is asked. */
  readonly tableOf: ((compiled: CompiledFeature) => Promise<BatchTable>) | undefined;
  /** Of the features that are asked for. */
  readonly withoutTable: readonly CompiledFeature[];
  /** What keeps a feature from being compared, after `prepare`: a source that cannot be read. */
  readonly unreadable: (compiled: CompiledFeature) => Unreadable | undefined;
  readonly meter: Meter;
  /** Before its forms: what it reads is there. */
  readonly prepare: (compiled: CompiledFeature) => Promise<void>;
  readonly close: () => Promise<void>;
  /** That answers, or answered; undefined: none is named. */
  readonly server: DeployedFeatures | undefined;
  /** Otherwise the stream's side is what the warehouse has. */
  readonly streamWasKept: boolean;
}

/** In logic mode its answers are the stream's side; undefined: none is asked. */
export function askedServer({ mode, realtime }: ParityOptions): string | undefined {
  return mode === 'logic' && realtime !== undefined && isServer(realtime) ? realtime : undefined;
}

export function enginesOf({ batchEngine, streamEngine, artifacts, servedLog }: ParityOptions): SideEngines {
  const engines = {
    batch: oneOf('--batch-engine', batchEngine, batchSides),
    stream: oneOf('--stream-engine', streamEngine, streamSides),
  };
  if (engines.stream === 'reference' && artifacts !== undefined)
    throw new UsageError('--artifacts is for lambdas that are executed: the reference computes what the feature means');
  if (engines.stream === 'reference' && servedLog !== undefined)
    throw new UsageError('--stream-engine is not for --mode served: the log says what answered');
  return engines;
}

/** Every source that one of the features reads, once: of a run with a budget when the first feature comes that needs it. */
export async function loadedFor(
  features: readonly CompiledFeature[],
  project: LoadedProject,
  options: ParityOptions,
  { meter, isLimited }: Pick<RunBudget, 'meter' | 'isLimited'>,
  say: (text: string) => void,
): Promise<Loaded> {
  const { catalog } = project.authored;
  const given = givenOf(options, project, say);
  const read = async (folder: string, sources: readonly Source[]): Promise<ReadonlyMap<string, SourceRows>> => {
    if (isServer(folder)) meter.asked();
    const { events, warnings } = isServer(folder) ? await readServerEvents(folder, sources) : await readEvents(resolve(folder), sources);
    for (const warning of warnings) say(`warning: ${warning}`);
    return events;
  };
  const interval = options.interval === undefined ? undefined : parseInterval(options.interval);
  const isShared = given.stream === undefined || (given.batch.kind === 'folder' && resolve(given.stream) === given.batch.folder);
  const batch = new Map<string, SourceRows>();
  const unreadable = new Map<string, Unreadable>();
  const stream = isShared ? batch : new Map<string, SourceRows>();
  const readBatch = async (side: BatchSide, sources: readonly Source[]): Promise<ReadonlyMap<string, SourceRows>> => {
    if (side.kind === 'folder') return read(side.folder, sources);
    const found = await meter.onWarehouse(() => eventsOfTarget(side, project, sources, features, interval?.[0]));
    for (const source of found.unreadable) unreadable.set(source.source, source);
    return found.events;
  };
  // Whom a table of ours must hold is told by the rows of its universe.
  const readFor = ({ feature }: Pick<CompiledFeature, 'feature'>): readonly string[] =>
    given.batch.kind === 'target' ? tableSources(feature) : feature.sources;
  const prepare = async (of: readonly CompiledFeature[]): Promise<void> => {
    const wanted = new Set(of.flatMap(readFor));
    const sources = catalog.sources.filter((s) => wanted.has(s.name) && !batch.has(s.name) && !unreadable.has(s.name));
    if (sources.length === 0) return;
    for (const [name, rows] of await readBatch(given.batch, sources)) batch.set(name, rows);
    const readable = sources.filter((s) => !unreadable.has(s.name));
    if (!isShared) for (const [name, rows] of await read(given.stream ?? '', readable)) stream.set(name, rows);
  };
  await prepare(isLimited ? features.slice(0, 1) : features);
  const [only] = features;
  const foreign = only === undefined ? { table: undefined, lambda: undefined } : await readForeign(options, only, catalog, say);
  const tables = given.batch.kind === 'folder' ? undefined : await openTables(given.batch, interval);
  const withoutTable: CompiledFeature[] = [];
  if (tables !== undefined && options.feature?.length !== 1)
    for (const feature of features) if (!(await tables.has(feature))) withoutTable.push(feature);
  const { table } = foreign;
  const readTable = tables === undefined ? undefined : (of: CompiledFeature) => meter.onWarehouse(() => tables.read(of));
  const tableOf = table === undefined ? readTable : async () => table;
  const sides = await openSides(catalog, batch, stream, enginesOf(options), meter);
  return {
    sides: tableOf === undefined ? sides : withTables(sides, tables === undefined ? 'table' : tables.engine, tableOf),
    foreign,
    tableOf,
    withoutTable,
    unreadable: ({ feature }) => [...unreadable.values()].find(({ source }) => readFor({ feature }).includes(source)),
    server: options.realtime !== undefined && isServer(options.realtime) ? await deployedOn(options.realtime) : undefined,
    streamWasKept: given.stream !== undefined,
    meter,
    prepare: (compiled) => prepare([compiled]),
    close: async () => {
      sides.close();
      await tables?.close();
    },
  };
}

/** Microseconds. */
export function parseInterval(text: string): readonly [bigint, bigint] {
  const interval = readInterval(text);
  if (interval !== undefined) return interval;
  throw new UsageError(`--interval ${text}: write two instants, the earlier first: 2026-01-01T00:00:00/2026-01-02T00:00:00`);
}
