/** A witness as it is drawn: which row is whose, when it happened, where the windows begin. Pure. */

import { outputName } from '../../compiler/artifacts/lambda.ts';
import type { Catalog, Source } from '../../compiler/catalog.ts';
import type { CheckedFeature } from '../../compiler/check/checked.ts';
import { timestamp } from '../../compiler/sql-type.ts';
import { formatTimestamp } from '../data/format-value.ts';
import { parseText } from '../data/parse-value.ts';
import { after, edgesOf } from '../parity/sampling/edges.ts';
import type { PrintedWitness } from '../parity/witness/print.ts';
import type { ShownWitness, Side, WitnessRow } from './model.ts';

type Printed = Readonly<Record<string, unknown>>;

/** `arrives`: whether the stream knows only what has arrived. `feature`: null if the project has it no more. */
export function shownWitness(
  witness: PrintedWitness,
  feature: CheckedFeature | null,
  catalog: Catalog,
  arrives: boolean,
  written: (value: unknown) => string,
): ShownWitness {
  const asOf = String(witness.asOf);
  const columns = Object.keys(witness.batch);
  return {
    key: written(witness.key),
    asOf,
    rekeyed: witness.rekeyed,
    values: columns.map((column) => {
      const [batch, stream] = [written(witness.batch[column]), written(witness.stream[column])];
      return { column, batch, stream, same: batch === stream };
    }),
    edges: feature === null ? [] : edges(feature, asOf),
    rows: Object.entries(witness.events)
      .flatMap(([name, sides]) => {
        const source = catalog.sources.find((s) => s.name === name);
        return rowsOf(name, source, sides, arrives ? asOf : null, written);
      })
      .sort((a, b) => compareText(a.at ?? '', b.at ?? '')),
    example: witness.example,
    dbtUnitTest: witness.dbtUnitTest,
  };
}

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

function rowsOf(
  name: string,
  source: Source | undefined,
  { batch, stream }: { readonly batch: readonly Printed[]; readonly stream: readonly Printed[] },
  asOf: string | null,
  written: (value: unknown) => string,
): readonly WitnessRow[] {
  const time = source === undefined ? null : outputName(source.kind === 'stream' ? source.eventTime : source.updatedAt);
  const ingest = source?.kind === 'stream' && source.ingestTime !== null ? outputName(source.ingestTime) : null;
  // The same event may have arrived at another time than the warehouse has noted.
  const body = (row: Printed): string => JSON.stringify(Object.entries(row).filter(([column]) => column !== ingest));
  const waiting = [...stream];
  const shown = (row: Printed, side: Side, seen: Printed | null): WitnessRow => ({
    source: name,
    side,
    at: time === null ? null : textOrNull(row[time]),
    arrivedAt: ingest === null || seen === null ? null : textOrNull(seen[ingest]),
    values: Object.entries(row).map(([column, value]) => ({ name: column, value: written(value) })),
  });
  const sideOf = (seen: Printed, side: Side): Side => {
    if (asOf === null || ingest === null) return side;
    const arrived = textOrNull(seen[ingest]);
    return arrived === null ? 'never' : arrived > asOf ? 'later' : side;
  };
  const ofBatch = batch.map((row) => {
    const at = waiting.findIndex((s) => body(s) === body(row));
    if (at < 0) return shown(row, 'batch', null);
    const [seen = row] = waiting.splice(at, 1);
    return shown(row, sideOf(seen, 'both'), seen);
  });
  return [...ofBatch, ...waiting.map((row) => shown(row, sideOf(row, 'stream'), row))];
}

const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
