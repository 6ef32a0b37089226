/** The marketplace as if it had ended just now: what a server is asked about is never far from its own clock. */
import type { Cell, Row } from '../../examples/marketplace/rows.ts';
import { formatTimestamp } from '../../runners/data/format-value.ts';
import { catalog, worldOf } from '../marketplace/world.ts';

/** Rows by source, every timestamp moved by as much, so that all but the last 2 % of one stream lie more than `before` microseconds before now. */
export function marketplaceUntilNow(seed: number, size: number, stream: string, before: bigint): ReadonlyMap<string, readonly Row[]> {
  const { raw } = worldOf(seed, size);
  const source = catalog.sources.find((s) => s.name === stream);
  const time = source?.kind === 'stream' ? source.eventTime.toLowerCase() : '';
  const times = (raw.get(stream) ?? []).flatMap((row) => (typeof row[time] === 'string' ? [micros(row[time])] : []));
  // A few are dated far ahead, as in life.
  const sorted = [...times].sort((a, b) => (a < b ? -1 : 1));
  const last = sorted[Math.floor(sorted.length * 0.98)] ?? 0n;
  const by = BigInt(Date.now()) * 1000n - before - last;
  return movedBy(raw, by);
}

/** Every timestamp, by as many microseconds. */
export function movedBy(raw: ReadonlyMap<string, readonly Row[]>, by: bigint): ReadonlyMap<string, readonly Row[]> {
  return new Map([...raw].map(([source, rows]) => [source, rows.map((row) => moved(row, by))]));
}

const micros = (time: string): bigint => BigInt(Date.parse(`${time.slice(0, 23)}Z`)) * 1000n + BigInt(time.slice(23, 26));

function moved(row: Row, by: bigint): Row {
  const cell = (value: Cell): Cell =>
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{15}$/.test(value) ? formatTimestamp(micros(value) + by) : value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)]));
}
