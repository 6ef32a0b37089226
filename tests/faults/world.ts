/** A small world of auctions whose stream is as streams are: late, twice, out of order. From a seed alone. */
import { type Random, seeded } from '../../examples/marketplace/random.ts';

export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

export interface World {
  readonly auctions: readonly string[];
  readonly rows: Readonly<Record<'bids' | 'auctions', readonly Row[]>>;
  /** Milliseconds since 1970. */
  readonly begins: number;
  readonly ends: number;
}

export const instant = (ms: number, micros = 0): string => `${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}`;
export const millis = (text: Cell): number => Date.parse(`${String(text).slice(0, 23)}Z`);

const minute = 60_000;

export function worldOf(seed: number, { auctions: count = 24, bids: many = 420 } = {}): World {
  const random = seeded(seed, 'faults');
  // The evening of a day on which New York's midnight is not UTC's.
  const begins = Date.UTC(2026, 0, 12 + (seed % 9), 1, 0);
  const ends = begins + 7 * 60 * minute;
  const auctions = Array.from({ length: count }, (_, i) => `a${i + 1}`);
  const bids = Array.from({ length: many }, (_, i): Row => bid(random, `b${i + 1}`, pickAuction(random, auctions), begins, ends));
  // One in fifteen comes twice, now and then with another amount, which must not count.
  const copies = bids
    .filter(() => random.chance(0.07))
    .map((row) => ({
      ...row,
      amount: random.chance(0.3) ? '1.00' : (row['amount'] ?? null),
      ingested_at: instant(millis(row['ingested_at'] ?? null) + random.below(20 * minute)),
    }));
  const delivered = [...bids, ...copies].map((row) => ({ row, order: millis(row['ingested_at'] ?? null) + random.below(5000) }));
  return {
    auctions,
    begins,
    ends,
    rows: {
      bids: delivered.sort((a, b) => a.order - b.order).map(({ row }) => row),
      auctions: auctions.flatMap((auction, i) => versions(random, auction, i * 100, begins, ends)),
    },
  };
}

/** Some auctions are hot. */
function pickAuction(random: Random, auctions: readonly string[]): string {
  return random.chance(0.4) ? random.pick(auctions.slice(0, 4)) : random.pick(auctions);
}

function bid(random: Random, id: string, auction: string, begins: number, ends: number): Row {
  const at = begins + random.below(ends - begins);
  // Some producers' clocks run ahead of the platform's, by less than the contract allows.
  const ahead = random.chance(0.15);
  const delay = ahead ? -random.below(4_000) : random.chance(0.05) ? 6 * minute + random.below(60 * minute) : random.below(8_000);
  return {
    bid_id: id,
    auction_id: auction,
    bidder: `u${random.below(9)}`,
    amount: `${random.below(120)}.${String(random.below(100)).padStart(2, '0')}`,
    code: `0${random.below(90)}.50`,
    weight: random.below(1_000_000) / 7,
    bid_at: instant(at, random.below(1000)),
    ingested_at: instant(at + delay, random.below(1000)),
  };
}

function versions(random: Random, auction: string, lsn: number, begins: number, ends: number): readonly Row[] {
  const count = 1 + random.below(4);
  const times = [begins - 60 * minute, ...Array.from({ length: count }, () => begins + random.below(ends - begins))].sort((a, b) => a - b);
  return times.map((at, i) => ({
    auction_id: auction,
    category: random.pick(['cards', 'coins', 'shoes']),
    price: `${1 + random.below(90)}.00`,
    lsn: lsn + i,
    updated_at: instant(at, random.below(1000)),
    is_deleted: i === times.length - 1 && i > 1 && random.chance(0.4),
  }));
}
