/** One replica: its store, its lambdas, and what it answers. Each has a group of its own and reads everything. */
import type { EventIndex } from '../../../compiler/artifacts/event-index.ts';
import type { LambdaArtifact } from '../../../compiler/artifacts/lambda.ts';
import type { Catalog, Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import { formatTimestamp, formatValue, type Printed } from '../../data/format-value.ts';
import { parseJsonValue } from '../../data/parse-value.ts';
import { artifactType, type StoredLambda } from '../execute.ts';
import type { SourceWatch } from '../ingest/watch.ts';
import { numberRangeInWords } from '../number-range.ts';
import { type LambdaVersion, latest, type Registry } from '../registry/registry.ts';
import { RequestError } from '../request-error.ts';
import { beginning } from '../store/beginning.ts';
import { completeSince } from '../store/history.ts';
import type { KeptStore } from '../store/kept.ts';
import type { State } from '../store/state.ts';
import { leaf, type Tree } from '../wire/tree.ts';
import type { Answer, Asking } from './asking.ts';

/** One feature for one entity. */
export interface Served {
  readonly of: LambdaVersion;
  readonly entity: readonly Value[];
  readonly answer: Answer;
  /** Of the sources that the feature reads, when its query began: at least this is in it. */
  readonly seen: Seen;
  /** Not after the query began: what was committed by then is in it. Microseconds. */
  readonly askedAt: bigint;
}

export interface Seen {
  /** The event time that all partitions of all sources have reached; null: one of them never had an event. */
  readonly watermark: bigint | null;
  /** By topic and partition: the offset after the last that is in the store. */
  readonly offsets: ReadonlyMap<string, bigint>;
}

export interface Replica {
  readonly catalog: Catalog;
  readonly registry: Registry;
  readonly store: KeptStore;
  /** That executes the lambdas: `duckdb 1.5.6`. */
  readonly engine: string;
  readonly asking: Asking;
  /** By the version and the digest of its SQL: what of a lambda can be counted up. */
  readonly eventIndexes: ReadonlyMap<string, EventIndex>;
  readonly watch: SourceWatch;
  /** Messages that a source's topic had when it was begun to be read, and that are not in the store yet; null: so many are not known. */
  readonly left: (source: Source) => bigint | null;
  /** Microseconds. */
  readonly now: () => bigint;
}

type Feature = LambdaVersion & { readonly definition: { readonly kind: 'feature' } };

export function isFeature(version: LambdaVersion): version is Feature {
  return version.definition.kind === 'feature';
}

/** An `entity` has a value for each column of the lambda's; `asOf`: microseconds, null for now. */
export async function serve(
  replica: Replica,
  of: Feature,
  asked: readonly { readonly entity: readonly Value[]; readonly asOf: bigint | null }[],
): Promise<readonly Served[]> {
  const lambda = storedLambda(replica, of);
  for (const asOf of new Set(asked.map((a) => a.asOf))) requireKnown(replica, of, asOf);
  const askedAt = replica.now();
  const seen = seenBy(replica, of);
  const answers = (await replica.asking.ask(lambda, asked)).map((answer) => told(answer, of.name));
  return asked.map(({ entity }, i) => {
    const answer = answers[i] as Answer;
    // Without an instant in the request that at which the query began is known, and is as_of.
    return { of, entity, answer, seen, askedAt: answer.asOf > askedAt ? answer.asOf : askedAt };
  });
}

function told(answer: Answer, lambda: string): Answer {
  return 'error' in answer ? { ...answer, error: numberRangeInWords(answer.error, lambda) } : answer;
}

const digestOf = ({ version, sqlSha256 }: LambdaArtifact): string => `${version}/${sqlSha256}`;

/** Of what is compiled, as a replica has them. */
export function eventIndexesOf(compiled: readonly StoredLambda[]): ReadonlyMap<string, EventIndex> {
  return new Map(compiled.flatMap(({ artifact, eventIndex }) => (eventIndex === undefined ? [] : [[digestOf(artifact), eventIndex]])));
}

/** Of each feature the version that was deployed last. */
export function deployedLambdas(replica: Pick<Replica, 'registry' | 'eventIndexes'>): readonly StoredLambda[] {
  return replica.registry.lambdas().flatMap(({ versions, tags }) => {
    const found = versions.get(tags.get(latest) ?? '');
    return found !== undefined && isFeature(found) ? [storedLambda(replica, found)] : [];
  });
}

const lambdas = new WeakMap<object, StoredLambda>();

/** Always the same object for the same version: what asks the same goes together. */
function storedLambda({ eventIndexes }: Pick<Replica, 'eventIndexes'>, { definition }: Feature): StoredLambda {
  const known = lambdas.get(definition);
  if (known !== undefined) return known;
  const { artifact, sql } = definition;
  const lambda = { artifact, sql, eventIndex: eventIndexes.get(digestOf(artifact)) };
  lambdas.set(definition, lambda);
  return lambda;
}

/** What is answered before would be of a part, and look like any other answer. */
export function requireRead({ left }: Replica, source: Source): void {
  const messages = left(source);
  if (messages !== 0n)
    throw new RequestError('NOT_READY', `${source.name} is still being read${soMany(messages)}`, 'GET /health/ready says when');
}

const soMany = (messages: bigint | null): string =>
  messages === null
    ? ' (how much is left is not known yet, or another consumer of the group has a part of it)'
    : `: ${messages} messages are left`;

/** Which sources are not read up to what their topics had; null: all are. */
export function catchingUp({ catalog, left }: Replica): string | null {
  const behind = catalog.sources.flatMap((source) => (left(source) === 0n ? [] : [`${source.name}${soMany(left(source))}`]));
  return behind.length === 0 ? null : `topics are still being read: ${behind.join('; ')}`;
}

/** A request that the store cannot answer rightly is refused, never answered with what there is. */
function requireKnown(replica: Replica, { name, definition }: Feature, asOf: bigint | null): void {
  const { store, now, catalog } = replica;
  const instant = asOf ?? now();
  if (instant > now()) throw new RequestError('FUTURE_AS_OF', 'as_of lies in the future', 'leave it out for the value of now');
  for (const { name: source, lookback } of definition.artifact.sources) {
    const declared = catalog.sources.find((s) => s.name === source);
    if (declared === undefined) throw new RequestError('NOT_READY', `${name} reads ${source}, which this server does not have`);
    requireRead(replica, declared);
    const history = store.state().sources.get(source)?.history;
    const since = history === undefined ? null : completeSince(declared, history);
    const from = lookback === null ? null : instant - BigInt(lookback);
    if (since !== null && (since <= beginning || (from !== null && from >= since))) continue;
    throw new RequestError(
      'HISTORY_INCOMPLETE',
      since === null
        ? `${name} needs ${source}, and from when on the store has it is not known`
        : `${name} needs ${source} ${from === null ? 'from its beginning' : `since ${formatTimestamp(from)}`}, and the store has it since ${formatTimestamp(since)}`,
      'lockstep backfill loads what is missing; whoever fills the store by HTTP says so with PUT /sources/<source>/complete-since',
    );
  }
}

/** The same for all that are asked between two commits. */
function seenBy({ store }: Replica, { definition }: Feature): Seen {
  const state = store.state();
  const known = sights.get(state) ?? new Map<object, Seen>();
  sights.set(state, known);
  const seen = known.get(definition) ?? seenIn(state, definition);
  known.set(definition, seen);
  return seen;
}

const sights = new WeakMap<State, Map<object, Seen>>();

function seenIn(state: State, definition: Feature['definition']): Seen {
  const names = new Set(definition.artifact.sources.map((s) => s.name));
  const offsets = new Map<string, bigint>();
  let watermark: bigint | null = null;
  let known = true;
  for (const [key, { source, partition, next, latest }] of state.positions) {
    if (!names.has(source)) continue;
    if (partition >= 0) offsets.set(key, next);
    if (latest === null) known = false;
    else if (watermark === null || latest < watermark) watermark = latest;
  }
  return { offsets, watermark: known ? watermark : null };
}

/** From a JSON object with a value for each entity column. */
export function entityOf(
  { name, definition }: Feature,
  given: Tree,
  member: (tree: Tree, name: string) => Tree | undefined,
): readonly Value[] {
  return definition.artifact.entity.map((column) => {
    const found = member(given, column.name);
    const type = artifactType(column.type);
    if (found === undefined || found.value === null || type === undefined)
      throw new RequestError(
        'INVALIDINPUT',
        `${name} is asked by ${definition.artifact.entity.map((e) => e.name).join(', ')}: ${column.name} is missing`,
      );
    const parsed = parseJsonValue(leaf(found), type);
    if ('problem' in parsed) throw new RequestError('INVALIDINPUT', `${column.name}: ${parsed.problem}`);
    return parsed.value;
  });
}

/** Outputs in their order, as `lockstep query` prints them. */
export function printed({ definition }: Feature, values: readonly Value[]): Readonly<Record<string, Printed>> {
  return Object.fromEntries(
    definition.artifact.outputs.map(({ name, type }, i) => {
      const of = artifactType(type);
      return [name, of === undefined ? null : formatValue(values[i] ?? null, of)];
    }),
  );
}
