/** History from a DuckDB file: looked at before it is read, and read as it streams. */
import type { Source } from '../../compiler/catalog.ts';
import type { Value } from '../../compiler/value.ts';
import { timePlace } from '../data/row-time.ts';
import { type DuckdbReader, type Instants, openDuckdbReader } from '../engines/duckdb-reader.ts';
import { pieceRows, type Rows } from '../stream/store/fill.ts';
import { declaredIn, fitting, type Read, valueOf } from './declared-columns.ts';
import type { Past, Warehouse } from './warehouse.ts';

export async function openDuckdbWarehouse(
  file: string,
  shown: { readonly name: string; readonly path: string },
  relationOf: (source: Source) => readonly string[],
): Promise<Warehouse> {
  const reader = await openDuckdbReader(file, shown.path);
  return {
    past: (source, since) => past(reader, source, relationOf(source), shown.name, since),
    close: reader.close,
  };
}

async function past(reader: DuckdbReader, source: Source, parts: readonly string[], target: string, since: bigint): Promise<Past> {
  const { relation, reads } = await declaredIn(reader, source, parts, target);
  const time = reads[timePlace(source)]?.name ?? '';
  // Rows without a time are quarantined and counted, wherever they come from.
  const where = source.kind === 'stream' ? ` WHERE ${time} >= $since OR ${time} IS NULL` : '';
  const bound: Instants = source.kind === 'stream' ? { since } : {};
  const total = await fitting(reader, source, reads, `FROM ${relation}${where}`, bound);
  const select = `SELECT ${reads.map(({ sql }) => sql).join(', ')} FROM ${relation}${where}`;
  return { source, total, pieces: () => pieces(reader.rows(select, bound), source, reads) };
}

async function* pieces(
  chunks: AsyncIterable<readonly (readonly unknown[])[]>,
  source: Source,
  reads: readonly Read[],
): AsyncGenerator<Rows> {
  let piece: (readonly Value[])[] = [];
  for await (const chunk of chunks) {
    for (const row of chunk) piece.push(reads.map((read, i) => valueOf(row[i], read, source)));
    if (piece.length < pieceRows) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
