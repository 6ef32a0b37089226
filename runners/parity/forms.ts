/** Batch and lambda, ready to be asked, and the reasons why they differ. */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { groupBy } from '../reference/order.ts';
import { compiledLambda } from '../stored-lambda.ts';
import type { StoredLambda } from '../stream/execute.ts';
import type { Bias } from './bias.ts';
import { type Explained, explain, type Given } from './causes/explain.ts';
import type { Intervention } from './causes/intervention.ts';
import type { Origin, Point } from './causes/say.ts';
import type { Comparison } from './compare.ts';
import type { Evidence } from './evidence/world.ts';

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
  readonly evidence: () => Evidence;
  readonly origin: Origin;
  readonly close: () => void;
}

export const isOtherArtifact = (origin: Origin): boolean => origin === 'tampered' || origin === 'other version';

/** By what is stored, not by what it says of itself. */
export function originOf(compiled: CompiledFeature, lambda: StoredLambda, catalog: Catalog): Origin {
  if (lambda.artifact.version !== compiled.version) return 'other version';
  return lambda.sql === compiledLambda(compiled, catalog).sql ? 'compiled' : 'tampered';
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
