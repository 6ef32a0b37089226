/** Runs a lambda for one entity and for several at once: how long it takes, what it scans, and how much of that it needs. */
import { availableParallelism } from 'node:os';
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import { entityRowsSql, hasOwnRows, rowsReadSql, scansOf } from '../../compiler/artifacts/rows-read.ts';
import type { Catalog, Source } from '../../compiler/catalog.ts';
import { integer, timestamp, varchar } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { entitiesAt } from '../batch/entities.ts';
import { formatTimestamp } from '../data/format-value.ts';
import { pointText, type SpineRow } from '../data/spine.ts';
import type { Connection } from '../engines/engine.ts';
import { engineVersion } from '../engines/engine-version.ts';
import { executeLambda, lambdaParameters, type StoredLambda } from '../stream/execute.ts';
import { quoted, storedTable } from '../stream/store/tables.ts';
import { UsageError } from '../usage-error.ts';
import { type EngineProfile, readEngineProfile, stages } from './engine-profile.ts';
import type { BatchProfile, Profile, SourceRead } from './profile.ts';
import { quantile } from './quantile.ts';
import { evenly, requestOf } from './requests.ts';
import { threads } from './store.ts';

export interface Measuring {
  readonly compiled: CompiledFeature;
  readonly lambda: StoredLambda;
  readonly catalog: Catalog;
  /** What is asked; a number: so many entities of those with rows, at the instant after the newest event. */
  readonly ask: readonly SpineRow[] | number;
  /** For each batch size; undefined: as many as are enough, or as there is time for. */
  readonly requests: number | undefined;
  /** UTC, to the second. */
  readonly at: string;
  readonly onProgress: (done: number, of: number) => void;
}

type Parameters = ReturnType<typeof lambdaParameters>;

const sizes = [1, 10, 100] as const;
const enough = { requests: 200, atLeast: 20, milliseconds: 10_000 } as const;
const warmUp = 5;
const timesProfiled = 10;

export async function measure(connection: Connection, measuring: Measuring): Promise<Profile> {
  const { compiled, lambda, catalog, at } = measuring;
  const { feature, version } = compiled;
  const sources = catalog.sources.filter((s) => feature.sources.includes(s.name));
  const rows: { name: string; rows: number }[] = [];
  for (const { name } of sources) rows.push({ name, rows: await count(connection, `SELECT count(*) FROM ${storedTable(name)}`) });
  const { spine, found } = await asked(connection, measuring, sources);
  const tried = sizes.filter((size) => size === 1 || size <= spine.length);
  const latencies: (readonly number[])[] = [];
  for (const [i, size] of tried.entries()) {
    latencies.push(await latenciesOf(connection, measuring, spine, size));
    measuring.onProgress(i + 1, 2 * tried.length);
  }
  const batches: BatchProfile[] = [];
  for (const [i, size] of tried.entries()) {
    const measured = latencies[i] ?? [];
    batches.push({
      entities: size,
      requests: measured.length,
      p50: toMicrosecond(quantile(measured, 0.5)),
      p99: toMicrosecond(quantile(measured, 0.99)),
      ...(await profiled(connection, measuring, sources, spine, size)),
    });
    measuring.onProgress(tried.length + i + 1, 2 * tried.length);
  }
  return {
    formatVersion: 1,
    kind: 'profile',
    feature: feature.name,
    version,
    sqlSha256: lambda.artifact.sqlSha256,
    measuredAt: at,
    machine: { cores: availableParallelism(), engine: await engineVersion(connection), threads },
    data: { asOf: formatTimestamp(latest(spine)), entities: { asked: spine.length, found }, sources: rows },
    batches,
  };
}

const latest = (spine: readonly SpineRow[]): bigint => spine.reduce((last, { asOf }) => (asOf > last ? asOf : last), spine[0]?.asOf ?? 0n);
const toTenth = (rows: number): number => Math.round(rows * 10) / 10;
const toMicrosecond = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;

/** Those that were found are in the order of their rows, so that the heaviest is among those that are asked. */
async function asked(
  connection: Connection,
  { ask, compiled, catalog, lambda }: Measuring,
  sources: readonly Source[],
): Promise<{ readonly spine: readonly SpineRow[]; readonly found: number | null }> {
  if (typeof ask !== 'number') {
    if (ask.length === 0) throw new UsageError('the spine has no row', 'each row is an entity to ask for');
    return { spine: ask, found: null };
  }
  const instants = await afterTheNewest(connection, sources);
  for (const asOf of instants) {
    const found = await entitiesWithRows(connection, { compiled, catalog, lambda }, asOf);
    if (found.length > 0) return { spine: evenly(found, ask).map((entity) => ({ entity, asOf })), found: found.length };
  }
  throw instants.length === 0
    ? new UsageError('the store has no event that the feature reads', 'a profile of nothing says nothing')
    : new UsageError(
        `after the newest event of each source no entity of ${compiled.feature.name} has rows`,
        'name entities and instants with --spine',
      );
}

async function entitiesWithRows(
  connection: Connection,
  { compiled, catalog, lambda }: Pick<Measuring, 'compiled' | 'catalog' | 'lambda'>,
  asOf: bigint,
): Promise<readonly (readonly Value[])[]> {
  const { feature, lambdaPlan } = compiled;
  if (!hasOwnRows(lambdaPlan)) return entitiesAt(connection, compiled, catalog, [asOf], storedTable);
  const [, instant] = splitParameters(lambda, [{ entity: [], asOf }]);
  const columns = [...feature.entity, { name: 'rows_read', type: integer }];
  return (await connection.query(entityRowsSql(lambdaPlan), columns, instant)).map((row) => row.slice(0, -1));
}

/** For each source the microsecond after its newest row, the latest first: what one has just ended, another may not have begun. */
async function afterTheNewest(connection: Connection, sources: readonly Source[]): Promise<readonly bigint[]> {
  const found = new Set<bigint>();
  for (const source of sources) {
    const time = quoted(source.kind === 'stream' ? source.eventTime : source.updatedAt);
    const [row] = await connection.query(`SELECT max(${time}) FROM ${storedTable(source.name)}`, [{ name: 'newest', type: timestamp }]);
    const at = (row?.[0] ?? null) as bigint | null;
    if (at !== null) found.add(at + 1n);
  }
  return [...found].sort((a, b) => (a > b ? -1 : 1));
}

async function latenciesOf(
  connection: Connection,
  { lambda, requests }: Measuring,
  spine: readonly SpineRow[],
  size: number,
): Promise<readonly number[]> {
  const planned = requests ?? enough.requests;
  const run = async (i: number): Promise<number> => {
    const rows = requestOf(spine, size, i, planned);
    const begun = performance.now();
    await executeLambda(connection, lambda, rows, size);
    return performance.now() - begun;
  };
  for (let i = 0; i < warmUp; i++) await run(i);
  const times: number[] = [];
  const until = performance.now() + enough.milliseconds;
  for (let i = 0; i < planned; i++) {
    if (requests === undefined && i >= enough.atLeast && performance.now() > until) break;
    times.push(await run(i));
  }
  return times;
}

async function profiled(
  connection: Connection,
  { compiled: { lambdaPlan }, lambda }: Measuring,
  sources: readonly Source[],
  spine: readonly SpineRow[],
  size: number,
): Promise<Pick<BatchProfile, 'profiled' | 'stages' | 'sources'>> {
  const times = timesProfiled;
  const requests = Array.from({ length: times }, (_, i) => requestOf(spine, size, i, times));
  // The first time takes longer.
  const [, ...found] = await profilesOf(connection, lambda, [...requests.slice(0, 1), ...requests]);
  const mean = (of: (profile: EngineProfile) => number): number => found.reduce((sum, p) => sum + of(p), 0) / times;
  const read: SourceRead[] = [];
  for (const source of sources) {
    const own = (p: EngineProfile) => p.scans.filter((s) => s.table.toUpperCase() === source.name.toUpperCase());
    const scans = scansOf(lambdaPlan, source.name);
    let [inWindow, needed] = [0, 0];
    // Most requests are of the same instant, and the window of everybody is long to count.
    const counts = new Map<string, number>();
    const counted = async (key: string, sql: string, parameters: Parameters): Promise<number> => {
      const known = counts.get(key) ?? (await count(connection, sql, parameters));
      counts.set(key, known);
      return known;
    };
    for (const rows of requests) {
      const [all, instants] = splitParameters(lambda, rows);
      const at = [...new Set(rows.map((row) => row.asOf))].join();
      inWindow += await counted(at, rowsReadSql(lambdaPlan, source, 'anyone'), instants);
      needed += await counted(rows.map(pointText).join(), rowsReadSql(lambdaPlan, source, 'asked'), all);
    }
    read.push({
      name: source.name,
      kind: source.kind,
      lookback: lambda.artifact.sources.find((s) => s.name === source.name)?.lookback ?? null,
      byEntity: scans.every((s) => s.match.length > 0),
      scans: toTenth(mean((p) => own(p).length)),
      scanned: toTenth(mean((p) => own(p).reduce((sum, s) => sum + s.rows, 0))),
      inWindow: toTenth(inWindow / times),
      needed: toTenth(needed / times),
    });
  }
  return {
    profiled: times,
    stages: Object.fromEntries(stages.map((s) => [s, toMicrosecond(mean((p) => p.stages[s]))])) as BatchProfile['stages'],
    sources: read,
  };
}

/** Of each request, in the order asked. */
async function profilesOf(
  connection: Connection,
  lambda: StoredLambda,
  requests: readonly (readonly SpineRow[])[],
): Promise<readonly EngineProfile[]> {
  const columns = ['explain_key', 'explain_value'].map((name) => ({ name, type: varchar }));
  const found: EngineProfile[] = [];
  // With planning; and from here on every statement that is no EXPLAIN would be profiled, onto stdout.
  await connection.execute("SET profiling_mode = 'detailed'");
  for (const rows of requests) {
    const [row] = await connection.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${lambda.sql}`, columns, lambdaParameters(lambda, rows));
    found.push(readEngineProfile(String(row?.[1])));
  }
  await connection.execute('PRAGMA disable_profiling');
  return found;
}

/** All that the lambda takes, and the instants alone. */
function splitParameters({ artifact }: StoredLambda, rows: readonly SpineRow[]) {
  const all = lambdaParameters({ artifact }, rows);
  return [all, all.slice(artifact.entity.length)] as const;
}

async function count(connection: Connection, sql: string, parameters: Parameters = []): Promise<number> {
  const [row] = await connection.query(sql, [{ name: 'rows', type: integer }], parameters);
  return Number(row?.[0] ?? 0n);
}
