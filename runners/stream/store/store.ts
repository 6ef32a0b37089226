/**
 * The event store behind a lambda: what arrived so far, with identities settled as it arrives. It is written apart from
 * the warehouse's staging models on purpose: that both come to the same clean rows is what parity shows.
 */
import type { Source } from '../../../compiler/catalog.ts';
import type { Value } from '../../../compiler/value.ts';
import type { Connection } from '../../engines/engine.ts';
import { breachOf } from './contract.ts';
import { settle } from './settle.ts';
import { createTables, dropTables, tablesOf } from './tables.ts';

export interface IngestCounts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
}

export interface EventStore {
  readonly connection: Connection;
  /** Rows in the source's declared column order, as they arrive. */
  readonly ingest: (source: string, rows: readonly (readonly Value[])[]) => Promise<IngestCounts>;
}

export interface StoreOptions {
  /** Off only to show what parity finds when a store forgets it. */
  readonly deduplicate: boolean;
}

/** An empty one, whatever the connection held of these sources. */
export async function openStore(
  connection: Connection,
  sources: readonly Source[],
  options: StoreOptions = { deduplicate: true },
): Promise<EventStore> {
  const byName = new Map(sources.map((source) => [source.name, tablesOf(source, [])]));
  for (const tables of byName.values()) {
    await dropTables(connection, tables);
    await createTables(connection, tables);
  }
  return {
    connection,
    ingest: async (name, rows) => {
      const tables = byName.get(name);
      if (tables === undefined) throw new Error(`the store does not hold ${name}`);
      const { source, clean, columns } = tables;
      const kept = rows.filter((row) => breachOf(source, row) === null);
      const quarantined = rows.length - kept.length;
      if (source.kind === 'stream' && !options.deduplicate) {
        await connection.append(clean, columns, kept);
        return { accepted: kept.length, duplicates: 0, quarantined };
      }
      const { accepted } = await settle(connection, tables, kept);
      return { accepted, duplicates: kept.length - accepted, quarantined };
    },
  };
}
