/** Batch and lambda, ready to be asked, and the reasons why they differ. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { groupBy } from '../reference/order.ts';
import { changedFields, compiledLambda } from '../stored-lambda.ts';
import type { StoredLambda } from '../stream/execute.ts';
import { type Bias, biasOf } from './bias.ts';
import { type Explained, explain, type Given } from './causes/explain.ts';
import type { Intervention } from './causes/intervention.ts';
import type { Origin, Point } from './causes/say.ts';
import type { Comparison } from './compare.ts';
import { compareForms } from './compare-forms.ts';
import { collectEvidence } from './evidence/collect.ts';
import type { Evidence } from './evidence/world.ts';
import { knownEntities } from './sampling/population.ts';
import type { FeatureSides, Sides } from './sides.ts';

export interface Answered {
  readonly batchAgainstLambda: Comparison;
  /** The reference against batch, where it was asked. */
  readonly referenceAgainstBatch: Comparison;
  readonly batch: readonly (readonly Value[])[];
  readonly lambda: readonly (readonly Value[])[];
  /** By the row of the spine: what turns batch's answer into the lambda's, in this order. */
  readonly changes: ReadonlyMap<number, readonly Intervention[]>;
}

export interface Forms {
  /** Without causes. `judged`: which rows the reference answers, too; by default all. It evaluates the whole query at each of their instants. */
  readonly answer: (spine: readonly SpineRow[], judged?: (row: SpineRow) => boolean) => Promise<Answered>;
  /** The same with causes: what was answered at all of these points is the evidence. */
  readonly explain: (spine: readonly SpineRow[], answered: Answered) => Promise<Answered>;
  /** FLOATs that drift to one side. */
  readonly bias: (spine: readonly SpineRow[], answered: Answered) => readonly Bias[];
  /** Entities with a row at some of the instants, on either side. */
  readonly entities: (instants: readonly bigint[]) => Promise<readonly (readonly Value[])[]>;
  /** What the lambda says from these rows, as it is asked in this mode. */
  readonly streamOn: (events: ReadonlyMap<string, SourceRows>, spine: readonly SpineRow[]) => Promise<readonly (readonly Value[])[]>;
  /** Neither the universe nor the table has the entity at the instant: nobody owes an answer. */
  readonly isOutside: (row: SpineRow) => boolean;
  readonly evidence: () => Evidence;
  readonly origin: Origin;
  /** Batch's table has rows of another version. */
  readonly otherBatch: boolean;
}

export const isOtherArtifact = (origin: Origin): boolean => origin === 'tampered' || origin === 'other version';

/** By what is stored, not by what it says of itself. */
export function originOf(compiled: CompiledFeature, lambda: StoredLambda, catalog: Catalog): Origin {
  if (lambda.foreign !== undefined) return 'foreign';
  if (lambda.artifact.version !== compiled.version) return 'other version';
  const own = compiledLambda(compiled, catalog);
  return lambda.sql === own.sql && changedFields(lambda.artifact, own.artifact).length === 0 ? 'compiled' : 'tampered';
}

/** What the forms of one mode differ in. */
export interface Sided {
  readonly compiled: CompiledFeature;
  readonly sides: Sides;
  readonly own: FeatureSides;
  /** What answers on the stream's side. */
  readonly lambda: StoredLambda;
  /** Where its SQL comes from, if that does not tell it. */
  readonly origin?: Origin;
  /** Whether it answers with what had arrived at the instant. */
  readonly arrival: boolean;
  /** undefined: it did not answer. */
  readonly ask: (lambda: StoredLambda, spine: readonly SpineRow[]) => Promise<readonly (readonly Value[])[]>;
  readonly streamOn: Forms['streamOn'];
}

export function formsOf({ compiled, sides, own, lambda, arrival, ask, streamOn, ...given }: Sided): Forms {
  const { feature } = compiled;
  const { catalog, batch, stream } = sides;
  const evidence = once(() => collectEvidence(feature, catalog, batch, stream));
  const origin = given.origin ?? originOf(compiled, lambda, catalog);
  const intact = (points: readonly Point[]) =>
    ask(
      compiledLambda(compiled, catalog),
      points.map((p) => p.row),
    );
  return {
    answer: async (spine, judged = () => true) => answeredBy(feature, sides, own, spine, await ask(lambda, spine), judged),
    explain: async (spine, answered) =>
      answered.batchAgainstLambda.mismatches === 0
        ? answered
        : withCauses(
            { feature, catalog, evidence: evidence(), arrival, origin, inTable: own.inTable, built: own.built, intact },
            spine,
            answered,
          ),
    bias: (spine, answered) => biasOf(feature, catalog, batch, spine, answered),
    entities: async (instants) => [...(await own.entities(instants)), ...knownEntities(feature, catalog, stream, [])],
    streamOn,
    isOutside: (row) => dueOf(own, row) === 'nobody',
    evidence,
    origin,
    otherBatch: isOtherBatch(own),
  };
}

export const isOtherBatch = ({ built }: FeatureSides): boolean =>
  built !== undefined && [...built.built.versions.values()].some((version) => version !== built.version);

/** Whose answer is due at a point; the table's alone is one too many. */
export function dueOf({ built, inTable }: Pick<FeatureSides, 'built' | 'inTable'>, row: SpineRow): 'everybody' | 'the table' | 'nobody' {
  if (built?.universe === undefined || built.universe.has(row)) return 'everybody';
  return inTable?.(row) === true ? 'the table' : 'nobody';
}

/** `said`: by the stream's side, of the spine. */
export async function answeredBy(
  feature: CheckedFeature,
  { catalog, batch: events }: Pick<Sides, 'catalog' | 'batch'>,
  own: Pick<FeatureSides, 'batch' | 'judge' | 'built' | 'inTable'>,
  spine: readonly SpineRow[],
  said: readonly (readonly Value[])[],
  judged: (row: SpineRow) => boolean,
): Promise<Answered> {
  const batch = await own.batch(spine);
  // undefined: the stream has no such row.
  const streamed = said.map((values, i) =>
    dueOf(own, spine[i] as SpineRow) === 'the table' ? undefined : values,
  ) as readonly (readonly Value[])[];
  return {
    batchAgainstLambda: compareForms(feature, catalog, events, spine, batch, streamed),
    referenceAgainstBatch: own.judge(spine, batch, judged),
    batch,
    lambda: streamed,
    changes: new Map(),
  };
}

/** `given`: for answers of one origin; where there are several, each row of the spine has its own. */
export async function withCauses(
  given: Given | ((row: number) => Given),
  spine: readonly SpineRow[],
  answered: Answered,
): Promise<Answered> {
  const { batchAgainstLambda: comparison, batch, lambda } = answered;
  const bad = new Set(comparison.differences.map((d) => d.row));
  const points = spine.map((row, i): Point => ({ row, batch: batch[i] ?? [], stream: lambda[i] ?? [] }));
  const byPlace = new Map<number, Explained | undefined>();
  for (const [of, rows] of groupBy(spine.keys(), (row) => (typeof given === 'function' ? given(row) : given))) {
    const places = rows.filter((row) => bad.has(row));
    const sound = rows.filter((row) => !bad.has(row));
    const at = (some: readonly number[]): readonly Point[] => some.map((i) => points[i] as Point);
    const explained = await explain(of, at(places), at(sound));
    for (const [i, place] of places.entries()) byPlace.set(place, explained[i]);
  }
  return {
    ...answered,
    batchAgainstLambda: { ...comparison, differences: comparison.differences.map((d) => ({ ...d, cause: byPlace.get(d.row)?.cause })) },
    changes: new Map([...bad].map((place) => [place, byPlace.get(place)?.changes ?? []])),
  };
}

/** Computed when it is first asked for. */
export function once<T>(compute: () => T): () => T {
  let result: { readonly value: T } | undefined;
  return () => {
    result ??= { value: compute() };
    return result.value;
  };
}
