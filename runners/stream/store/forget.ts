/** Deletes the events that no lambda looks back to any more. Of tables every version stays: nobody knows which of them a lambda reads. */
import type { Stream } from '../../../compiler/catalog.ts';
import { timestamp } from '../../../compiler/sql-type.ts';
import type { Connection } from '../../engines/engine.ts';
import { quoted, type SourceTables } from './tables.ts';

/** Of events dated before the instant; microseconds. */
export async function forget(
  connection: Connection,
  { eventTime }: Stream,
  { clean, copies }: SourceTables,
  instant: bigint,
): Promise<void> {
  for (const table of [clean, copies])
    await connection.query(
      `DELETE FROM ${table} WHERE ${quoted(eventTime)} < $before[1]`,
      [],
      [{ name: 'before', type: timestamp, values: [instant] }],
    );
}
