/** When a row of a source counts from: the time of an event, or of a version. */
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';

/** Microseconds; undefined for a row without it. */
export function rowTime(source: Source): (row: readonly Value[]) => bigint | undefined {
  const column = source.kind === 'stream' ? source.eventTime : source.updatedAt;
  const place = source.columns.findIndex((c) => c.name === column);
  return (row) => {
    const at = row[place];
    return typeof at === 'bigint' ? at : undefined;
  };
}
