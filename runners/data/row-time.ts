/** When a row of a source counts from, the time of an event or of a version; and when it came. The one place that says which column that is. */
import type { Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';

/** Microseconds; undefined for a row without it. */
export function rowTime(source: Source): (row: readonly Value[]) => bigint | undefined {
  const place = timePlace(source);
  return (row) => {
    const at = row[place];
    return typeof at === 'bigint' ? at : undefined;
  };
}

/** Which column says when a row counts from. */
export function timePlace(source: Source): number {
  const column = source.kind === 'stream' ? source.eventTime : source.updatedAt;
  return source.columns.findIndex((c) => c.name === column);
}

/** When a row came: as it was noted of it, or else by its ingest time. Microseconds; undefined where nothing says it. */
export function arrivalTime(
  source: Source,
  noted: ReadonlyMap<readonly Value[], bigint> = new Map(),
): (row: readonly Value[]) => bigint | undefined {
  const place = ingestPlace(source);
  return (row) => {
    const at = noted.get(row) ?? row[place];
    return typeof at === 'bigint' ? at : undefined;
  };
}

/** Which column says when a row came; -1 where none does. */
export function ingestPlace(source: Source): number {
  return source.kind === 'stream' ? source.columns.findIndex((c) => c.name === source.ingestTime) : -1;
}
