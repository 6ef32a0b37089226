/** What a running server answers for a feature, as whoever asks for it by name is answered. LOCKSTEP_API_KEY is the key, if it asks for one. */
import { type LambdaArtifact, outputName } from '../../compiler/artifacts/lambda.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { formatValue } from '../data/format-value.ts';
import { parseText } from '../data/parse-value.ts';
import { readNdjsonRows } from '../data/rows.ts';
import type { SpineRow } from '../data/spine.ts';
import { beginning } from '../stream/store/beginning.ts';
import { UsageError } from '../usage-error.ts';

export interface ServerAnswers {
  /** That answers. */
  readonly version: string;
  /** Instants that it can answer now. Microseconds; `from` null: any in the past. */
  readonly from: bigint | null;
  /** In the order of the spine; undefined where it answers with an error. */
  readonly ask: (spine: readonly SpineRow[]) => Promise<readonly (readonly Value[] | undefined)[]>;
}

/** Of one request. */
const mostEntities = 500;
const atOnce = 4;

/** `sources`: what the feature's lambda reads, as its artifact has it. UsageError if the server does not have the feature. */
export async function openServerAnswers(
  url: string,
  feature: CheckedFeature,
  sources: LambdaArtifact['sources'],
  { deployed, tag, asked }: { readonly deployed: DeployedFeatures; readonly tag: string; readonly asked: () => void },
): Promise<ServerAnswers> {
  const version = deployed.tagged(feature.name, tag);
  const from = await answersFrom(url, sources);
  return {
    version,
    from,
    ask: async (spine) => {
      const answers = new Array<readonly Value[] | undefined>(spine.length);
      const requests = requestsOf(spine);
      const next = async (): Promise<void> => {
        for (let request = requests.pop(); request !== undefined; request = requests.pop()) {
          const { asOf, rows } = request;
          asked();
          const entities = rows.map((row) => (spine[row] as SpineRow).entity);
          const said = await answersAt(url, feature, version, asOf, entities);
          rows.forEach((row, i) => {
            answers[row] = said[i];
          });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, next));
      return answers;
    },
  };
}

interface Request {
  readonly asOf: bigint;
  /** Of the spine. */
  readonly rows: readonly number[];
}

/** A request is about one instant. */
function requestsOf(spine: readonly SpineRow[]): Request[] {
  const byInstant = new Map<bigint, number[]>();
  spine.forEach(({ asOf }, row) => {
    const rows = byInstant.get(asOf) ?? [];
    rows.push(row);
    byInstant.set(asOf, rows);
  });
  return [...byInstant].flatMap(([asOf, rows]) =>
    Array.from({ length: Math.ceil(rows.length / mostEntities) }, (_, i) => ({
      asOf,
      rows: rows.slice(i * mostEntities, (i + 1) * mostEntities),
    })),
  );
}

async function answersAt(
  url: string,
  feature: CheckedFeature,
  version: string,
  asOf: bigint,
  entities: readonly (readonly Value[])[],
): Promise<readonly (readonly Value[] | undefined)[]> {
  const keys = feature.entity.map(({ name, type }) => ({ name: outputName(name), type }));
  const { results } = await called<{ readonly results: readonly { readonly values: Readonly<Record<string, unknown>> }[] }>(
    url,
    '/features/query',
    {
      features: [{ feature: feature.name, version }],
      entities: entities.map((entity) => Object.fromEntries(keys.map(({ name, type }, i) => [name, formatValue(entity[i] ?? null, type)]))),
      as_of: formatValue(asOf, timestamp),
    },
  );
  const said = results.map(({ values }) => values[feature.name]);
  const isError = (values: unknown): boolean =>
    typeof values === 'object' && values !== null && 'error' in values && !hasOutput(feature, 'error');
  const lines = said.map((values) => (isError(values) ? '' : JSON.stringify(values)));
  const columns = feature.outputs.map(({ name, type }) => ({ name, type, secret: true }));
  const { rows, lines: places } = readNdjsonRows(lines.join('\n'), `${url}/features/query`, columns);
  const byLine = new Map(places.map((line, i) => [line, rows[i]]));
  return lines.map((_, i) => byLine.get(i + 1));
}

const hasOutput = ({ outputs }: CheckedFeature, name: string): boolean => outputs.some((o) => outputName(o.name) === name);

export interface DeployedFeatures {
  /** That executes them: `duckdb 1.5.6`. */
  readonly engine: string;
  /** UsageError if there is no such feature or tag. */
  readonly tagged: (feature: string, tag: string) => string;
  /** Of the SQL of a version; undefined: it is not there. */
  readonly sha256Of: (feature: string, version: string) => string | undefined;
}

export async function deployedOn(url: string): Promise<DeployedFeatures> {
  const { engine, features } = await called<{
    readonly engine: string;
    readonly features: readonly {
      readonly feature: string;
      readonly versions: readonly { readonly version: string; readonly sql_sha256: string }[];
      readonly tags: Readonly<Record<string, string>>;
    }[];
  }>(url, '/features');
  const named = (name: string) => features.find((f) => f.feature === name);
  return {
    engine,
    tagged: (name, tag) => {
      const feature = named(name);
      if (feature === undefined)
        throw new UsageError(
          `the server at ${url} has no feature ${name}`,
          'lockstep serve deploys what compile wrote; or lockstep lambda deploy',
        );
      const version = feature.tags[tag];
      if (version !== undefined) return version;
      throw new UsageError(`at ${url} the feature ${name} has no tag ${tag}`, `its tags: ${Object.keys(feature.tags).sort().join(', ')}`);
    },
    sha256Of: (name, version) => named(name)?.versions.find((v) => v.version === version)?.sql_sha256,
  };
}

/** null: it has the whole of all of them. */
async function answersFrom(url: string, reads: LambdaArtifact['sources']): Promise<bigint | null> {
  const { sources } = await called<{ readonly sources: readonly { readonly source: string; readonly complete_since: string | null }[] }>(
    url,
    '/sources',
  );
  let from: bigint | null = null;
  for (const { name, lookback } of reads) {
    const since = sources.find((s) => s.source === name)?.complete_since ?? null;
    const parsed = since === null ? undefined : parseText(since, timestamp);
    const at = parsed !== undefined && 'value' in parsed && typeof parsed.value === 'bigint' ? parsed.value : null;
    if (at === null)
      throw new UsageError(
        `the server at ${url} does not know since when it has all of ${name}`,
        'GET /sources says what it has; it may still be reading',
      );
    if (at <= beginning) continue;
    if (lookback === null)
      throw new UsageError(
        `the server at ${url} has ${name} since ${since}, and all of it is needed`,
        'lockstep backfill loads what is missing',
      );
    const first = at + BigInt(lookback);
    if (from === null || first > from) from = first;
  }
  return from;
}

async function called<T>(url: string, path: string, body?: object): Promise<T> {
  const key = process.env['LOCKSTEP_API_KEY'];
  const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(key === undefined ? {} : { authorization: `ApiKey ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new UsageError(`${url} cannot be reached`, 'is lockstep serve running there?');
  });
  const said: unknown = await response.json().catch(() => undefined);
  if (response.ok) return said as T;
  const message = typeof said === 'object' && said !== null && 'message' in said ? `: ${String(said.message)}` : '';
  throw new UsageError(
    `${url}${path} answers with ${response.status}${message}`,
    response.status === 401 || response.status === 403 ? 'LOCKSTEP_API_KEY must be a key that may read' : undefined,
  );
}
