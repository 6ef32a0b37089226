/** Rows of a witness, side by side: which side has each, and what of it changed on its way. Pure. */
import { outputName } from '../../compiler/artifacts/lambda.ts';
import type { Source } from '../../compiler/catalog.ts';
import { arrivedColumn } from '../parity/witness/print.ts';
import type { Side, WitnessRow } from './model.ts';

type Printed = Readonly<Record<string, unknown>>;
type Written = (value: unknown) => string;

/** `arrivedBy`: null where the stream knows what has not arrived, too. */
export function witnessRows(
  name: string,
  source: Source | undefined,
  { batch, stream }: { readonly batch: readonly Printed[]; readonly stream: readonly Printed[] },
  arrivedBy: string | null,
  written: Written,
): readonly WitnessRow[] {
  const time = source === undefined ? null : outputName(source.kind === 'stream' ? source.eventTime : source.updatedAt);
  const ingest = source?.kind === 'stream' && source.ingestTime !== null ? outputName(source.ingestTime) : null;
  const arrival = (seen: Printed): string | null => textOrNull(seen[arrivedColumn] ?? (ingest === null ? null : seen[ingest]));
  // The same event may have arrived at another time than the warehouse has noted.
  const changed = (row: Printed, seen: Printed): readonly string[] =>
    Object.keys(row).filter((column) => column !== ingest && JSON.stringify(row[column]) !== JSON.stringify(seen[column]));
  const timeOf = (row: Printed | null): string | null => (time === null || row === null ? null : textOrNull(row[time]));
  const shown = (row: Printed, side: Side, seen: Printed | null): WitnessRow => {
    const columns = seen === null ? [] : changed(row, seen);
    return {
      source: name,
      side,
      at: timeOf(row),
      streamAt: timeOf(seen),
      arrivedAt: seen === null ? null : arrival(seen),
      change: seen === null || columns.length === 0 ? null : changeText(keyOf(source, row), columns, row, seen, written),
      values: Object.entries(row).map(([column, value]) => ({
        name: column,
        value: written(value),
        stream: seen !== null && columns.includes(column) ? written(seen[column]) : null,
      })),
    };
  };
  const sideOf = (seen: Printed, side: Side): Side => {
    const arrived = arrival(seen);
    // Of a source that does not say when its rows came everything was there from the beginning.
    if (arrivedBy === null || (arrived === null && ingest === null)) return side;
    return arrived === null ? 'never' : arrived > arrivedBy ? 'later' : side;
  };
  const same = pairs(batch, stream, (b, s) => (changed(b, s).length === 0 ? 0 : null));
  const key = (row: Printed): string => JSON.stringify(keyOf(source, row));
  const alike = pairs(same.left, same.right, (b, s) => (source !== undefined && key(b) === key(s) ? changed(b, s).length : null));
  return [
    ...same.pairs.map(([b, s]) => shown(b, sideOf(s, 'both'), s)),
    ...alike.pairs.map(([b, s]) => shown(b, sideOf(s, 'changed'), s)),
    ...alike.left.map((b) => shown(b, 'batch', null)),
    ...alike.right.map((s) => shown(s, sideOf(s, 'stream'), s)),
  ];
}

interface Paired {
  readonly pairs: readonly (readonly [batch: Printed, stream: Printed])[];
  readonly left: readonly Printed[];
  readonly right: readonly Printed[];
}

/** Each row of batch with the nearest of the stream that is still free; `distance`: null where they do not belong together. */
function pairs(batch: readonly Printed[], stream: readonly Printed[], distance: (b: Printed, s: Printed) => number | null): Paired {
  const right = [...stream];
  const found: [Printed, Printed][] = [];
  const left = batch.filter((b) => {
    const [nearest] = right
      .flatMap((s) => {
        const far = distance(b, s);
        return far === null ? [] : [{ s, far }];
      })
      .sort((x, y) => x.far - y.far);
    if (nearest === undefined) return true;
    right.splice(right.indexOf(nearest.s), 1);
    found.push([b, nearest.s]);
    return false;
  });
  return { pairs: found, left, right };
}

const keyOf = (source: Source | undefined, row: Printed): readonly unknown[] =>
  (source?.key ?? []).map((column) => row[outputName(column)]);

const instant = /^\d{4}-\d\d-\d\dT/;

/** "c416: sent_at 20:23:49.080000 → 20:23:49.000000" */
function changeText(key: readonly unknown[], columns: readonly string[], row: Printed, seen: Printed, written: Written): string {
  const changes = columns.map((column) => {
    const [from, to] = [written(row[column]), written(seen[column])];
    const sameDay = instant.test(from) && instant.test(to) && from.slice(0, 11) === to.slice(0, 11);
    const said = (text: string): string => (sameDay ? text.slice(11) : instant.test(text) ? text.replace('T', ' ') : text);
    return `${column} ${said(from)} → ${said(to)}`;
  });
  return `${key.length === 0 ? '' : `${key.map(written).join(', ')}: `}${changes.join(', ')}`;
}

const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
