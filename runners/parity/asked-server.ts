/** Logic mode against a running server: what it says now of an instant, from what it has, where batch says what happened. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import { rowTime } from '../data/row-time.ts';
import { openDuckdb } from '../engines/duckdb.ts';
import { compiledLambda } from '../stored-lambda.ts';
import { executeLambda, type StoredLambda } from '../stream/execute.ts';
import { executeOn } from '../stream/execute-on.ts';
import type { Origin } from './causes/say.ts';
import { type Forms, formsOf } from './forms.ts';
import { type DeployedFeatures, openServerAnswers } from './server-answers.ts';
import { type Sides, threadsFor } from './sides.ts';

export interface ServerForms extends Forms {
  /** That answers. */
  readonly version: string;
  /** Instants that it can be asked about: it has what they need, and what belongs to them may have come. Microseconds. */
  readonly interval: readonly [from: bigint, to: bigint] | undefined;
}

/** Of each feature the version that the tag names. */
export interface AskedTag {
  readonly url: string;
  readonly deployed: DeployedFeatures;
  readonly tag: string;
  /** Before each request. */
  readonly asked: () => void;
}

export async function openAskedServer(compiled: CompiledFeature, sides: Sides, asking: AskedTag): Promise<ServerForms> {
  const { feature } = compiled;
  const { catalog } = sides;
  const intact = compiledLambda(compiled, catalog);
  const server = await openServerAnswers(asking.url, feature, intact.artifact.sources, asking);
  const own = await sides.of(compiled);
  const answering = { ...intact, artifact: { ...intact.artifact, version: server.version } };
  const forms = formsOf({
    compiled,
    sides,
    own,
    lambda: answering,
    origin: originOf(compiled, intact, server.version, asking.deployed),
    arrival: false,
    ask: async (of, spine) => (of === answering ? answers(await server.ask(spine)) : executeLambda(own.stream, of, spine, 256)),
    streamOn: async (few, spine) => {
      const connection = await openDuckdb(threadsFor(few));
      return executeOn(connection, intact, catalog, feature.sources, few, spine).finally(() => connection.close());
    },
  });
  return { ...forms, version: server.version, interval: askable(compiled, catalog, sides.stream, server.from, BigInt(Date.now()) * 1000n) };
}

/** The server keeps the SQL of a version as it was deployed. */
function originOf(
  { feature, version }: CompiledFeature,
  { artifact }: StoredLambda,
  answers: string,
  { sha256Of }: DeployedFeatures,
): Origin {
  if (answers !== version) return 'other version';
  return sha256Of(feature.name, answers) === artifact.sqlSha256 ? 'compiled' : 'tampered';
}

/** Whoever indexes them meets undefined in any case. */
const answers = (given: readonly (readonly Value[] | undefined)[]): readonly (readonly Value[])[] => given as readonly (readonly Value[])[];

/** Up to the newest event of all streams that is not dated ahead, less what may still come. */
function askable(
  { feature }: CompiledFeature,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  from: bigint | null,
  now: bigint,
): readonly [bigint, bigint] | undefined {
  let [first, last]: [bigint | null, bigint | null] = [null, null];
  let lateness = 0n;
  for (const source of catalog.sources.filter((s) => feature.sources.includes(s.name))) {
    if (source.lateness > lateness) lateness = source.lateness;
    const timeOf = rowTime(source);
    for (const row of events.get(source.name)?.rows ?? []) {
      const at = timeOf(row);
      if (at === undefined || at > now) continue;
      if (first === null || at < first) first = at;
      if (last === null || at > last) last = at;
    }
  }
  if (first === null || last === null) return undefined;
  const begin = from !== null && from > first ? from : first;
  const end = last + 1n - lateness;
  return begin < end ? [begin, end] : undefined;
}
