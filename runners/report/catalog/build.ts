/** From the project and from what was asked of others to the catalogue. Pure. */
import type { CompiledFeature } from '../../../compiler/artifacts/compile.ts';
import { stepOf } from '../../../compiler/artifacts/dbt/grid-model.ts';
import { lambdaArtifact, outputName } from '../../../compiler/artifacts/lambda.ts';
import { sha256 } from '../../../compiler/artifacts/version.ts';
import type { AuthoredProject } from '../../../compiler/authoring/index.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { FeatureDefinition } from '../../../compiler/definition.ts';
import { durationText } from '../../../compiler/duration-text.ts';
import { typeName } from '../../../compiler/sql-type.ts';
import type { ReportedRun } from '../../history/run.ts';
import { currentProfile, type GivenProfile } from '../../profile/current.ts';
import type {
  CatalogCompiled,
  CatalogCost,
  CatalogData,
  CatalogDeployed,
  CatalogFeature,
  CatalogServer,
  CatalogSource,
  CatalogTag,
  Duration,
} from './model.ts';
import { nightsOf, parityOf } from './parity.ts';
import type { ServedFeature, ServerFacts } from './server-facts.ts';

export interface CatalogProject {
  readonly name: string;
  readonly authored: Pick<AuthoredProject, 'catalog' | 'features'>;
  /** Those that compile. */
  readonly compiled: readonly CompiledFeature[];
  /** Paths of files of features that cannot be read. */
  readonly unread: readonly string[];
}

/** null: nobody was asked. */
export interface CatalogAsked {
  readonly runs: readonly ReportedRun[] | null;
  readonly server: ServerFacts | null;
  readonly profiles: readonly GivenProfile[] | null;
}

/** `only`: names of features; undefined for all. */
export function catalogData(
  project: CatalogProject,
  asked: CatalogAsked,
  written: { readonly at: string; readonly lockstep: string },
  only?: readonly string[],
): CatalogData {
  const { catalog, features: definitions } = project.authored;
  const runs = asked.runs === null ? null : [...asked.runs].sort((a, b) => compareText(a.run.startedAt, b.run.startedAt));
  const nights = runs === null ? [] : nightsOf(runs);
  const features = definitions
    .filter((d) => only === undefined || only.includes(d.name))
    .map((definition): CatalogFeature => {
      const compiled = project.compiled.find((c) => c.feature.name === definition.name) ?? null;
      return {
        ...headerFacts(definition),
        compiled: compiled === null ? null : compiledFacts(compiled, catalog),
        parity: runs === null ? null : parityOf(definition.name, compiled?.version ?? null, runs, nights),
        deployed: asked.server === null ? null : deployedFacts(asked.server.features.get(definition.name), compiled),
        cost: asked.profiles === null ? null : costOf(compiled, asked.profiles),
      };
    })
    .sort((a, b) => Number(a.status === 'deprecated') - Number(b.status === 'deprecated') || compareText(a.name, b.name));
  const read = new Set(features.flatMap((f) => f.compiled?.sources.map((s) => s.name) ?? []));
  return {
    kind: 'catalog',
    formatVersion: 1,
    project: project.name,
    writtenAt: written.at,
    lockstep: written.lockstep,
    history: runs === null ? null : { runs: runs.length, nights },
    server: asked.server === null ? null : serverOf(asked.server, project),
    profiles: asked.profiles?.length ?? null,
    unread: project.unread,
    features,
    sources: catalog.sources
      .filter((s) => read.has(s.name))
      .map((s) => sourceFacts(s, asked.server))
      .sort((a, b) => compareText(a.name, b.name)),
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const duration = (microseconds: bigint): Duration => ({ microseconds: microseconds.toString(), text: durationText(microseconds) });

function headerFacts({ name, file, header }: FeatureDefinition) {
  const { status, deprecationDate, description, owner, consumers, entity, latencyBudget } = header;
  return {
    name,
    file,
    status,
    deprecationDate: deprecationDate?.day ?? null,
    description,
    owner,
    consumers,
    entity: entity.map((e) => outputName(e.name)),
    latencyBudget: latencyBudget === null ? null : duration(latencyBudget.microseconds),
  };
}

function compiledFacts({ feature, version, lambdaPlan, lambdaSql }: CompiledFeature, catalog: Catalog): CatalogCompiled {
  const reads = lambdaArtifact(feature, lambdaPlan, version, lambdaSql, catalog).sources;
  return {
    version,
    every: duration(stepOf(feature)),
    sources: reads.map(({ name, lookback }) =>
      catalog.sources.find((s) => s.name === name)?.kind === 'table'
        ? { name, kind: 'table' }
        : { name, kind: 'stream', lookback: lookback === null ? null : duration(BigInt(lookback)) },
    ),
    universe: feature.universe,
    outputs: feature.outputs.map((o) => ({ name: outputName(o.name), type: typeName(o.type) })),
  };
}

function serverOf({ url, executedSince, features }: ServerFacts, { authored, unread }: CatalogProject): CatalogServer {
  const known = (name: string): boolean =>
    authored.features.some((f) => f.name === name) || unread.some((file) => file.endsWith(`/${name}.sql`));
  return {
    url,
    executedSince,
    others: [...features]
      .filter(([name]) => !known(name))
      .map(([name, { tags }]) => ({ name, tags: [...tags.keys()].sort() }))
      .sort((a, b) => compareText(a.name, b.name)),
  };
}

const firstTags = ['production', 'latest'];

function deployedFacts(served: ServedFeature | undefined, compiled: CompiledFeature | null): CatalogDeployed {
  const others = [...(served?.tags.keys() ?? [])].filter((tag) => !firstTags.includes(tag)).sort();
  const executed = [...(served?.versions.values() ?? [])].flatMap((v) => v.lastExecuted ?? []);
  return {
    versions: served?.versions.size ?? 0,
    tags: [...firstTags, ...others].map((tag) => tagFacts(tag, served, compiled)),
    lastExecuted: executed.sort().at(-1) ?? null,
  };
}

function tagFacts(tag: string, served: ServedFeature | undefined, compiled: CompiledFeature | null): CatalogTag {
  const version = served?.tags.get(tag);
  if (version === undefined) return { tag, version: null, is: 'nothing', lastExecuted: null };
  const of = served?.versions.get(version);
  const same = version === compiled?.version;
  return {
    tag,
    version,
    is: !same ? 'other version' : of?.sqlSha256 === sha256(compiled.lambdaSql) ? 'as compiled' : 'other SQL',
    lastExecuted: of?.lastExecuted ?? null,
  };
}

function costOf(compiled: CompiledFeature | null, profiles: readonly GivenProfile[]): CatalogCost | { readonly why: string } {
  if (compiled === null) return { why: 'the feature does not compile' };
  const found = currentProfile(compiled, profiles);
  if ('why' in found) return found;
  const { batches, measuredAt, machine } = found.profile;
  const { p50 = 0, p99 = 0, requests = 0 } = batches[0] ?? {};
  const { latencyBudget } = compiled.feature;
  // Only what a budget needs was looked at when the file was read.
  const { engine = null, cores = null } = (machine as Partial<typeof machine> | undefined) ?? {};
  return {
    p50,
    p99,
    requests,
    measuredAt,
    engine,
    cores,
    withinBudget: latencyBudget === null ? null : p99 * 1000 <= Number(latencyBudget),
  };
}

function sourceFacts(source: Source, server: ServerFacts | null): CatalogSource {
  const { name, kind, description, warehouse, topic, lateness } = source;
  return { name, kind, description, warehouse, topic, lateness: duration(lateness), held: server?.sources.get(name) ?? null };
}
