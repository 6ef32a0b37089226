/** Exact numbers that went through doubles, and doubles that were added up in another order. */
import type { CheckedFeature } from '../../../../compiler/check/checked.ts';
import type { AggregateRow, ScalarRow } from '../../../../compiler/functions/define.ts';
import type { Value } from '../../../../compiler/value.ts';
import type { Intervention } from '../intervention.ts';
import { each, meaning } from './meanings.ts';
import { functionsIn } from './sites.ts';

const doubled = (value: Value): Value => (typeof value === 'bigint' ? BigInt(Math.round(Number(value))) : value);
const scalar =
  (own: ScalarRow['evaluate']): ScalarRow['evaluate'] =>
  (values, types) =>
    types.type.kind === 'number' ? doubled(own(values.map(doubled), types)) : own(values, types);
const aggregate =
  (own: AggregateRow['evaluate']): AggregateRow['evaluate'] =>
  (rows, call) =>
    call.type.kind === 'number'
      ? doubled(
          own(
            rows.map((row) => row.map(doubled)),
            call,
          ),
        )
      : own(rows, call);

export function typeCoercion(feature: CheckedFeature): readonly Intervention[] {
  const used = functionsIn(feature);
  const [scalars, aggregates] = [
    ['+', '-', '*', 'ROUND'],
    ['SUM', 'MIN', 'MAX', 'AVG', 'ANY_VALUE', 'MIN_BY', 'MAX_BY'],
  ];
  if (![...(scalars ?? []), ...(aggregates ?? [])].some((name) => used.has(name))) return [];
  return [
    meaning('type_coercion', 'as if its numbers were doubles', {
      scalars: each(scalars ?? [], scalar),
      aggregates: each(aggregates ?? [], aggregate),
    }),
  ];
}

const sums = ['SUM', 'AVG', 'STDDEV', 'STDDEV_POP', 'VARIANCE', 'VAR_POP', 'CORR', 'COVAR_POP', 'COVAR_SAMP'];

/** Only where a FLOAT decides something exact does its last bit show. */
export function floatOrder(feature: CheckedFeature): readonly Intervention[] {
  if (!sums.some((name) => functionsIn(feature).has(name))) return [];
  const ordered = (sort: (rows: readonly (readonly Value[])[]) => readonly (readonly Value[])[]) =>
    each(
      sums,
      (own: AggregateRow['evaluate']): AggregateRow['evaluate'] =>
        (rows, call) =>
          own(sort(rows), call),
    );
  return [
    meaning('float_order', 'as if FLOATs were added up from the last to the first', { aggregates: ordered((rows) => [...rows].reverse()) }),
    meaning('float_order', 'as if FLOATs were added up by their size', {
      aggregates: ordered((rows) => [...rows].sort((a, b) => Number(a[0] ?? 0) - Number(b[0] ?? 0))),
    }),
  ];
}
