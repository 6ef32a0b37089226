/** A witness as it is drawn: which row is whose, when it happened, where the windows begin. Pure. */

import type { Catalog } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import { formatTimestamp } from '../data/format-value.ts';
import { parseText } from '../data/parse-value.ts';
import { after, edgesOf } from '../parity/sampling/edges.ts';
import type { PrintedWitness } from '../parity/witness/print.ts';
import type { ShownWitness } from './model.ts';
import { witnessRows } from './witness-rows.ts';

/** `point`: where it was found. `arrives`: whether the stream knows only what has arrived. `feature`: null if the project has it no more. */
export function shownWitness(
  witness: PrintedWitness,
  point: { readonly column: string; readonly asOf: unknown },
  feature: CheckedFeature | null,
  catalog: Catalog,
  arrives: boolean,
  written: (value: unknown) => string,
): ShownWitness {
  const asOf = String(witness.asOf);
  const columns = Object.keys(witness.batch);
  const values = columns.map((column) => {
    const [batch, stream] = [written(witness.batch[column]), written(witness.stream[column])];
    return { column, batch, stream, same: batch === stream };
  });
  const differing = values.filter((v) => !v.same).map((v) => v.column);
  return {
    key: written(witness.key),
    asOf,
    notes: [
      ...(differing.length === 0 || differing.includes(point.column)
        ? []
        : [`This witness shows it in another output: ${differing.join(', ')}, not ${point.column}.`]),
      ...(witness.rekeyed ? [rekeyedText(asOf !== String(point.asOf))] : []),
    ],
    values,
    edges: feature === null ? [] : edges(feature, asOf),
    rows: Object.entries(witness.events)
      .flatMap(([name, sides]) => {
        const source = catalog.sources.find((s) => s.name === name);
        return witnessRows(name, source, sides, arrives ? String(witness.askedAt ?? asOf) : null, written);
      })
      .sort((a, b) => compareText(a.at ?? '', b.at ?? '')),
    example: witness.example,
    dbtUnitTest: witness.dbtUnitTest,
  };
}

const rekeyedText = (moved: boolean): string =>
  moved
    ? 'Personal values are replaced, equal ones by equal ones, and the day by one of the same weekday. Clock times and all other values, ids too, are as they were.'
    : 'Personal values are replaced, equal ones by equal ones. Times and all other values, ids too, are as they were.';

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function edges(feature: CheckedFeature, asOf: string): ShownWitness['edges'] {
  const parsed = parseText(asOf, timestamp);
  if (!('value' in parsed) || typeof parsed.value !== 'bigint') return [];
  const instant = parsed.value;
  return edgesOf(feature)
    .distances.filter((d) => d.amount > 0n)
    .map(({ amount, unit }) => ({
      at: formatTimestamp(after(instant, { amount: -amount, unit })),
      label: `${amount} ${unit}${amount === 1n ? '' : 's'} before`,
    }))
    .sort((a, b) => compareText(a.at, b.at));
}
