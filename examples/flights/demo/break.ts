/** Ways to break the real-time side, to see that the comparison turns red. */
import type { StoredLambda } from '../../../runners/stream/execute.ts';

export const breakages = ['boundary', 'dedupe', 'lost-hour', 'null'] as const;
export type Breakage = (typeof breakages)[number];

export const explained: Readonly<Record<Breakage, string>> = {
  boundary: 'the stored lambdas were edited: events dated exactly at T are counted (`<` became `<=`)',
  dedupe: 'the event store keeps every copy that arrives',
  'lost-hour': 'one hour of the stream never arrived',
  null: 'the stored lambdas were edited: an empty count is NULL instead of 0',
};

/** The stored SQL as somebody might edit it. */
export function edited(lambda: StoredLambda, breakage: Breakage | undefined): StoredLambda {
  if (breakage === 'boundary') return { ...lambda, sql: lambda.sql.replaceAll(/departed_at < (\w+\.as_of)/g, 'departed_at <= $1') };
  if (breakage === 'null') return { ...lambda, sql: lambda.sql.replaceAll(/COALESCE\((answer\.\w+), 0\)/g, '$1') };
  return lambda;
}
