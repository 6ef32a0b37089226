/** Points that differ, each with all of its outputs, in the order in which they deserve a look. Pure. */

import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import type { FeatureReport, ReportedDifference } from '../parity/report.ts';
import { groupBy } from '../reference/order.ts';
import type { ShownPoint } from './model.ts';
import { shownWitness } from './timeline.ts';

/** What differs at one point, against one other form. */
type Point = readonly [ReportedDifference, ...ReportedDifference[]];

const against = (d: ReportedDifference): ShownPoint['against'] => ('stream' in d ? 'stream' : 'reference');
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const witnessOf = (point: Point): ReportedDifference['witness'] => point.find((d) => d.witness !== null)?.witness ?? null;

/** What needs looking at first: unexplained, by one cause alone, with a witness, of the commonest cause, then by time. */
export function rankedPoints({ differences, causes }: Pick<FeatureReport, 'differences' | 'causes'>): readonly Point[] {
  const points = [...groupBy(differences, (d) => JSON.stringify([d.key, d.asOf, against(d)])).values()] as unknown as Point[];
  return points.sort(
    ([a, ...others], [b, ...more]) =>
      Number(a.explained) - Number(b.explained) ||
      Number(a.among.length > 1) - Number(b.among.length > 1) ||
      Number(witnessOf([a, ...others]) === null) - Number(witnessOf([b, ...more]) === null) ||
      (causes[b.cause] ?? 0) - (causes[a.cause] ?? 0) ||
      compareText(String(a.asOf), String(b.asOf)),
  );
}

const mostPoints = 100;

/** The first of them and all that have a witness; `omitted`: how many more differ. */
export function shownPoints(
  report: FeatureReport,
  feature: CheckedFeature | null,
  catalog: Catalog,
): { readonly differences: readonly ShownPoint[]; readonly omitted: number } {
  const ranked = rankedPoints(report);
  const shown = ranked.filter((point, i) => i < mostPoints || witnessOf(point) !== null);
  const arrives = report.mode !== 'logic';
  return {
    differences: shown.map((point) => shownPoint(point, feature, catalog, arrives)),
    omitted: Math.max(ranked.length, report.mismatches) - shown.length,
  };
}

function shownPoint(point: Point, feature: CheckedFeature | null, catalog: Catalog, arrives: boolean): ShownPoint {
  const [d] = point;
  const witness = witnessOf(point);
  return {
    key: written(d.key),
    asOf: String(d.asOf),
    against: against(d),
    outputs: point.map((of) => ({ column: of.column, batch: written(of.batch), value: written(of[against(of)]) })),
    cause: causeText(d),
    explained: d.explained,
    proof: d.proof,
    witness: witness === null ? null : shownWitness(witness, d, feature, catalog, arrives, written),
  };
}

export const causeText = ({ cause, among }: Pick<ReportedDifference, 'cause' | 'among'>): string =>
  cause === 'ambiguous' ? `ambiguous: ${among.join(' or ')}` : among.length > 1 ? among.join(' and ') : cause;

/** A text as it is; `3` and `"3"` are both a number to people. */
function written(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return value === '' ? "''" : value;
  if (typeof value === 'object' && !Array.isArray(value))
    return (
      Object.entries(value)
        .map(([name, v]) => `${name} = ${written(v)}`)
        .join(', ') || 'the platform'
    );
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
