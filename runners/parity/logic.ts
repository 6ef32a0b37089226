/** Logic mode: do batch, lambda and reference give the same value on the same events? */
import type { CompiledFeature } from '../../compiler/artifacts/compile.ts';
import type { Catalog } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import type { SourceRows } from '../data/events.ts';
import type { SpineRow } from '../data/spine.ts';
import { executeLambda, type StoredLambda } from '../stream/execute.ts';
import { type Comparison, compare } from './compare.ts';
import { openSides } from './sides.ts';

export interface LogicResult {
  readonly batchAgainstLambda: Comparison;
  /** The reference against batch, where it was asked. */
  readonly referenceAgainstBatch: Comparison;
  readonly batch: readonly (readonly Value[])[];
  readonly lambda: readonly (readonly Value[])[];
}

/** Batch and lambda, ready to be asked. */
export interface Forms {
  /** `judged`: which rows the reference answers, too; by default all. It evaluates the whole query at each of their instants. */
  readonly answer: (spine: readonly SpineRow[], judged?: (row: SpineRow) => boolean) => Promise<LogicResult>;
  /** Entities with a row at some of the instants, on either side. */
  readonly entities: (instants: readonly bigint[]) => Promise<readonly (readonly Value[])[]>;
  readonly close: () => void;
}

export async function openForms(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
): Promise<Forms> {
  const { feature } = compiled;
  const sides = await openSides(compiled, catalog, events, events);
  return {
    answer: async (spine, judged = () => true) => {
      const batch = await sides.batch(spine);
      const streamed = await executeLambda(sides.stream, lambda, spine, 256);
      return {
        batchAgainstLambda: compare(feature.outputs, batch, streamed),
        referenceAgainstBatch: sides.judge(spine, batch, judged),
        batch,
        lambda: streamed,
      };
    },
    entities: sides.entities,
    close: sides.close,
  };
}

export async function compareLogic(
  compiled: CompiledFeature,
  lambda: StoredLambda,
  catalog: Catalog,
  events: ReadonlyMap<string, SourceRows>,
  spine: readonly SpineRow[],
): Promise<LogicResult> {
  const forms = await openForms(compiled, lambda, catalog, events);
  try {
    return await forms.answer(spine);
  } finally {
    forms.close();
  }
}
