/** Raw and staged rows in the session's own schema, under names that say of whom they are. */
import type { Catalog } from '../../compiler/catalog.ts';
import { dialects, identifier } from '../../compiler/emit/dialect.ts';
import { loadRaw, type Places } from '../../runners/batch/evaluate.ts';
import type { SourceRows } from '../../runners/data/events.ts';
import type { Connection } from '../../runners/engines/engine.ts';

/** `owner`: plain letters and digits. */
export function placesOf(owner: string): Places {
  const table = (kind: string, source: string): string => identifier(`${owner}_${kind}_${source}`.toUpperCase(), dialects.snowflake);
  return { schemas: [], raw: (source) => table('raw', source), staged: (source) => table('staged', source) };
}

export interface Data {
  readonly catalog: Catalog;
  readonly events: ReadonlyMap<string, SourceRows>;
  readonly places: Places;
}

const there = new WeakMap<Connection, WeakMap<Data, Set<string>>>();

/** Each source is loaded once; one that failed is tried again by whoever needs it next. */
export async function loadOnce(connection: Connection, data: Data, sources: readonly string[]): Promise<void> {
  const ofConnection = there.get(connection) ?? new WeakMap<Data, Set<string>>();
  there.set(connection, ofConnection);
  const loaded = ofConnection.get(data) ?? new Set<string>();
  ofConnection.set(data, loaded);
  for (const source of sources) {
    if (loaded.has(source)) continue;
    await loadRaw(connection, data.catalog, [source], data.events, data.places);
    loaded.add(source);
  }
}
