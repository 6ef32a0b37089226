/** Causes that lie in how a form computes: each gives the ways in which it may. A cause is added by one line. */
import type { Catalog } from '../../../../compiler/catalog.ts';
import type { CheckedFeature } from '../../../../compiler/check/checked.ts';
import type { Intervention } from '../intervention.ts';
import { boundary } from './boundary.ts';
import { clockOffset, timestampPrecision, timeZone } from './clocks.ts';
import { emptyDefault } from './empty-default.ts';
import { floatOrder, typeCoercion } from './numbers.ts';
import { divisionScale, rounding } from './rounding.ts';
import { duplicate, missedDelete, outOfOrder, staleTable } from './rows.ts';

const causes: readonly ((feature: CheckedFeature, catalog: Catalog) => readonly Intervention[])[] = [
  emptyDefault,
  boundary,
  duplicate,
  rounding,
  divisionScale,
  timeZone,
  outOfOrder,
  missedDelete,
  staleTable,
  timestampPrecision,
  clockOffset,
  typeCoercion,
  floatOrder,
];

export function formInterventions(feature: CheckedFeature, catalog: Catalog): readonly Intervention[] {
  return causes.flatMap((cause) => cause(feature, catalog));
}
