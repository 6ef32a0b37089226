/** What `npm run bench -- serve` asks: a source, features over an hour and over a day of it, and eight over at most an hour. */
import { compileProject } from '../../../compiler/artifacts/compile.ts';
import { readAuthored } from '../../../compiler/authoring/index.ts';
import type { Catalog } from '../../../compiler/catalog.ts';
import { loadParser } from '../../../compiler/parse/front-end.ts';
import { connectDuckdb } from '../../../runners/engines/duckdb-connection.ts';
import { compiledLambda } from '../../../runners/stored-lambda.ts';
import type { StoredLambda } from '../../../runners/stream/execute.ts';
import { beginning } from '../../../runners/stream/store/beginning.ts';
import { openKept } from '../../../runners/stream/store/kept.ts';

type Json = Readonly<Record<string, string | number>>;

export interface World {
  /** Of the source and its topic. */
  readonly source: string;
  readonly sourcesYml: string;
  /** The text of a feature. */
  readonly feature: (window: string) => string;
  /** The i-th that is asked for. */
  readonly entity: (i: number) => Json;
  /** The i-th event that arrives, as its topic carries it. `at`: microseconds. */
  readonly message: (id: string, i: number, at: number) => Json;
  /** SQL that puts so many events into the store's table, the last of them now (microseconds). */
  readonly fill: (events: number, now: bigint) => readonly string[];
}

const minutes = [1, 2, 5, 10, 15, 20, 30, 45];

/** The features of one request. */
export const eight = minutes.map((m) => `minutes_${m}`);

const windows: Readonly<Record<string, string>> = {
  hour: '1 hour',
  day: '24 hours',
  ...Object.fromEntries(minutes.map((m) => [`minutes_${m}`, `${m} minutes`])),
};

export async function compiledWorld({ sourcesYml, feature }: World): Promise<{
  readonly catalog: Catalog;
  readonly lambdas: readonly StoredLambda[];
}> {
  await loadParser();
  const files = [
    { path: 'lockstep.yml', text: 'name: bench\n' },
    { path: 'transforms/sources.yml', text: sourcesYml },
    ...Object.entries(windows).map(([name, window]) => ({ path: `transforms/features/${name}.sql`, text: feature(window) })),
  ];
  const authored = readAuthored({ files }).value;
  if (authored === undefined) throw new Error('the project of the bench does not compile');
  const { catalog } = authored;
  return { catalog, lambdas: compileProject(authored, '2026-11-22').features.map((f) => compiledLambda(f, catalog)) };
}

/** By SQL: ingest is measured apart. */
export async function fillStore(world: World, file: string, catalog: Catalog, events: number): Promise<void> {
  const store = await openKept(file, catalog.sources);
  await store.setHistory(world.source, (known) => ({ ...known, topicSince: beginning }));
  await store.close();
  const connection = await connectDuckdb({ file, threads: 2, helpers: false });
  for (const statement of world.fill(events, BigInt(Date.now()) * 1000n)) await connection.execute(statement);
  connection.close();
}
