/** An evening of the marketplace, that of the day before yesterday: what happens, when it arrives, on topics and in the raw tables of a warehouse. */
import type { Row } from '../../../examples/marketplace/rows.ts';
import { onTheWire } from '../../../examples/marketplace/wire.ts';
import type { SourceRows } from '../../../runners/data/events.ts';
import { writeRaw } from '../../batch/market-file.ts';
import { catalog, typed, worldOf } from '../../marketplace/world.ts';
import { movedBy } from '../../stream/shifted.ts';
import type { Cluster } from '../kafka/cluster.ts';

const day = 86_400_000;
const midnight = Math.floor(Date.now() / day) * day - 2 * day;

/** UTC. */
const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);
export const [weekBefore, eveningDay, yesterday] = [midnight - 7 * day, midnight, midnight + day].map(dayOf) as [string, string, string];
export const at = (time: string): string => `${eveningDay}T${time}:00.000000`;

/** What these features read. */
export const features = ['bidder_outbid', 'seller_gmv', 'seller_live_now', 'stream_chat_activity'] as const;
const read = ['bids', 'cancellations', 'chats', 'listings', 'orders', 'sellers', 'streams', 'views'];

const rows = movedBy(worldOf(41, 1000).raw, BigInt(midnight - Date.UTC(2026, 2, 1)) * 1000n);

const columnOf = (source: string, kind: 'arrived' | 'dated'): string => {
  const declared = catalog.sources.find((s) => s.name === source);
  if (declared?.kind !== 'stream') return 'updated_at';
  return ((kind === 'arrived' ? declared.ingestTime : null) ?? declared.eventTime).toLowerCase();
};
const dated = (source: string, row: Row): string => String(row[columnOf(source, 'dated')]);
const arrived = (source: string, row: Row): string => String(row[columnOf(source, 'arrived')] ?? dated(source, row));

export interface Arrivals {
  readonly [source: string]: readonly Row[];
}

/** What arrives in [from, to). */
export const arrivals = (from: string, to: string): Arrivals =>
  Object.fromEntries(
    read.map((source) => [source, (rows.get(source) ?? []).filter((row) => arrived(source, row) >= from && arrived(source, row) < to)]),
  );

export const partitions = 2;
export const partitionOf = (row: Row): number => [...String(row['bid_id'])].reduce((sum, c) => sum + c.charCodeAt(0), 0) % partitions;

/** Bids by their own number, so that a part of a topic can be named; what is deleted is followed by its tombstone. */
export async function produce({ producer }: Cluster, what: Arrivals): Promise<void> {
  for (const [source, some] of Object.entries(what))
    for (let i = 0; i < some.length; i += 200) {
      const messages = some.slice(i, i + 200).flatMap((row) => {
        const { key, value } = onTheWire(source, row);
        const placed = source === 'bids' ? { partition: partitionOf(row) } : {};
        return [{ key, value, ...placed }, ...(row['is_deleted'] === true ? [{ key, value: null }] : [])];
      });
      const topic = catalog.sources.find((s) => s.name === source)?.topic ?? '';
      await producer.send({ topic, messages });
    }
}

/** All that has arrived before an instant is in the raw tables, and `more`. */
export async function land(folder: string, to: string, more: Arrivals = {}): Promise<void> {
  const landed = new Map<string, SourceRows>();
  const all = arrivals('0', to);
  for (const source of catalog.sources) landed.set(source.name, typed(source, [...(all[source.name] ?? []), ...(more[source.name] ?? [])]));
  await writeRaw(folder, landed);
}

/** What happens once more a day later: other events, by their keys. */
export function dayAfter(what: Arrivals): Arrivals {
  const moved = movedBy(new Map(Object.entries(what)), BigInt(day) * 1000n);
  const renamed = (source: string, row: Row): Row => {
    const [key = ''] = catalog.sources.find((s) => s.name === source)?.key ?? [];
    const name = key.toLowerCase();
    return row[name] === null ? row : { ...row, [name]: `${String(row[name])}+1` };
  };
  const streams = [...moved].filter(([source]) => catalog.sources.some((s) => s.name === source && s.kind === 'stream'));
  return Object.fromEntries(streams.map(([source, of]) => [source, of.map((row) => renamed(source, row))]));
}

export const valuesOf = (source: string, column: string): readonly unknown[] => [
  ...new Set((rows.get(source) ?? []).flatMap((row) => (row[column] === null || row[column] === undefined ? [] : [row[column]]))),
];
