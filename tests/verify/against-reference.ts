/** A feature as Snowflake computes it against what the reference says. */
import { batchPlanOf } from '../../compiler/artifacts/plans.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import type { Value } from '../../compiler/value.ts';
import { evaluateBatch } from '../../runners/batch/evaluate.ts';
import { formatValue } from '../../runners/data/format-value.ts';
import type { SpineRow } from '../../runners/data/spine.ts';
import type { Connection } from '../../runners/engines/engine.ts';
import { compare, type Difference } from '../../runners/parity/compare.ts';
import { evaluateFeature } from '../../runners/reference/index.ts';
import type { Found } from './item.ts';
import { type Data, loadOnce } from './places.ts';
import { rowsShown } from './rows-shown.ts';

export type Knowledge = 'event' | 'arrived';

export async function againstReference(
  connection: Connection,
  feature: CheckedFeature,
  data: Data,
  spine: readonly SpineRow[],
  knowledge: Knowledge,
): Promise<Found> {
  const wanted = evaluateFeature(feature, data.catalog, data.events, spine, { knowledge });
  await loadOnce(connection, data, feature.sources);
  const given = await evaluateBatch(connection, feature, batchPlanOf(feature, data.catalog, knowledge), spine, data.places);
  const functions = rowsShown(feature, wanted);
  if (given.length !== wanted.length)
    return { outcome: 'different', detail: `${wanted.length} rows wanted, ${given.length} given`, functions, queryId: null };
  const { differences } = compare(feature.outputs, wanted, given);
  if (differences.length === 0) return { outcome: 'equal', detail: null, functions, queryId: null };
  return { outcome: 'different', detail: described(differences, feature, spine), functions, queryId: null };
}

const mostShown = 5;

function described(differences: readonly Difference[], feature: CheckedFeature, spine: readonly SpineRow[]): string {
  const one = ({ row, column, left, right }: Difference): string => {
    const asked = spine[row];
    const entity = feature.entity.map(({ type }, i) => formatValue(asked?.entity[i] ?? null, type));
    const { type } = feature.outputs.find((o) => o.name === column) ?? { type: timestamp };
    const shown = (value: Value): string => JSON.stringify(formatValue(value, type));
    return `${column} of ${JSON.stringify(entity)} at ${formatValue(asked?.asOf ?? null, timestamp)}: wanted ${shown(left)}, given ${shown(right)}`;
  };
  const rest = differences.length - mostShown;
  return [...differences.slice(0, mostShown).map(one), ...(rest > 0 ? [`and ${rest} values more`] : [])].join('; ');
}
