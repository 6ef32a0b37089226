/** What an event must have to be one: a key, a time, and not from the future. Others are quarantined, on both sides alike. */
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';

export type Breach = 'no key' | 'no time' | 'dated ahead of its ingest';

/** Without a declared ingest time the warehouse could not tell who is ahead, so the stream does not either. */
export function breachOf(source: Source, row: readonly Value[]): Breach | null {
  const at = (column: string): Value => row[source.columns.findIndex((c) => c.name === column)] ?? null;
  if (source.key.some((k) => at(k) === null)) return 'no key';
  if (source.kind === 'table') return at(source.updatedAt) === null ? 'no time' : null;
  const time = at(source.eventTime);
  if (time === null) return 'no time';
  const ingested = source.ingestTime === null ? null : at(source.ingestTime);
  return ingested !== null && (time as bigint) > (ingested as bigint) + source.maxSkew ? 'dated ahead of its ingest' : null;
}
