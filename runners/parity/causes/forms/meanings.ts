/** A world in which some functions mean something else. */
import type { Meanings } from '../../../reference/meanings.ts';
import type { CauseId } from '../cause.ts';
import { type Intervention, intervention } from '../intervention.ts';

type Scalar = Meanings['scalars'] extends ReadonlyMap<string, infer F> ? F : never;
type Aggregate = Meanings['aggregates'] extends ReadonlyMap<string, infer F> ? F : never;

export interface Other {
  readonly scalars?: Readonly<Record<string, Scalar>>;
  readonly aggregates?: Readonly<Record<string, Aggregate>>;
  readonly cast?: Meanings['cast'];
}

/** On top of what the world means already. */
export function meaning(id: CauseId, what: string, { scalars = {}, aggregates = {}, cast }: Other): Intervention {
  return intervention(id, what, ({ meanings }) => ({
    meanings: {
      scalars: new Map([...meanings.scalars, ...Object.entries(scalars)]),
      aggregates: new Map([...meanings.aggregates, ...Object.entries(aggregates)]),
      cast: cast ?? meanings.cast,
    },
  }));
}

/** The same meaning for each. */
export const each = <T>(names: readonly string[], one: T): Readonly<Record<string, T>> =>
  Object.fromEntries(names.map((name) => [name, one]));
