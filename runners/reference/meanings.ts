/** Functions under another meaning than their own: what the reference answers *if* a form rounded otherwise, or forgot a zone. */
import type { castValue } from '../../compiler/functions/casts.ts';
import type { AggregateRow, ScalarRow } from '../../compiler/functions/define.ts';

type Cast = typeof castValue;

/** By the row's name: a new meaning from its own. */
export interface Meanings {
  readonly scalars: ReadonlyMap<string, (own: ScalarRow['evaluate']) => ScalarRow['evaluate']>;
  readonly aggregates: ReadonlyMap<string, (own: AggregateRow['evaluate']) => AggregateRow['evaluate']>;
  readonly cast: (own: Cast) => Cast;
}

export const ownMeanings: Meanings = { scalars: new Map(), aggregates: new Map(), cast: (own) => own };
