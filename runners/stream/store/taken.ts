/** Which messages of a source the store has as rows, whether they count or are copies. */
import type { Source } from '../../../compiler/catalog.ts';
import type { KeptStore } from './kept.ts';
import { notedColumns } from './noted.ts';
import { quoted, tablesOf } from './tables.ts';

/** By partition/offset. */
export async function takenAlready(
  store: KeptStore,
  source: Source,
  places: readonly { readonly partition: number; readonly offset: bigint }[],
): Promise<ReadonlySet<string>> {
  const [partition, offset] = ['lockstep.partition', 'lockstep.offset'].map((name) => notedColumns.find((c) => c.name === name));
  if (partition === undefined || offset === undefined) return new Set();
  const { clean, versions, copies } = tablesOf(source, notedColumns);
  const rows = source.kind === 'stream' ? clean : versions;
  const of = (table: string): string => `SELECT ${quoted(partition.name)} AS p, ${quoted(offset.name)} AS o FROM ${table}`;
  const reader = await store.reader();
  try {
    const found = await reader.query(
      `SELECT DISTINCT p, o FROM (${of(rows)} UNION ALL ${of(copies)}) SEMI JOIN (SELECT unnest($p) AS p, unnest($o) AS o) AS asked USING (p, o)`,
      [
        { name: 'p', type: partition.type },
        { name: 'o', type: offset.type },
      ],
      [
        { name: 'p', type: partition.type, values: places.map((place) => BigInt(place.partition)) },
        { name: 'o', type: offset.type, values: places.map((place) => place.offset) },
      ],
    );
    return new Set(found.map(([p, o]) => `${p}/${o}`));
  } finally {
    reader.close();
  }
}
