/** Sellers, streams and listings with all their versions. */
import { askedInstants, day, evening, hour, iso, minute } from './moments.ts';
import type { Random } from './random.ts';
import { money, type Row } from './rows.ts';

export const categories = ['sneakers', 'trading cards', 'vintage', 'beauty', 'coins'] as const;
const countries = ['DE', 'US', 'US', 'GB', 'FR', null] as const;

export interface Population {
  readonly sellers: readonly Row[];
  readonly streams: readonly Row[];
  readonly listings: readonly Row[];
}

interface Log {
  readonly rows: Row[];
  readonly add: (at: bigint, row: Row, deleted?: boolean) => void;
}

/** A change log: the same position never twice, a copy now and then, as at-least-once delivery has it. */
function log(random: Random): Log {
  const rows: Row[] = [];
  let lsn = 1000 + random.below(100);
  return {
    rows,
    add: (at, row, deleted = false) => {
      lsn += 1 + random.below(9);
      const version = { ...row, lsn, updated_at: iso(at), is_deleted: deleted };
      rows.push(version);
      if (random.chance(0.08)) rows.push(version);
    },
  };
}

export function populate(random: Random, sellerCount: number): Population {
  const [sellers, streams, listings] = [log(random), log(random), log(random)];
  for (let n = 1; n <= sellerCount; n++) {
    addSeller(random, sellers, n);
    const own = Array.from({ length: 1 + random.below(3) }, (_, i) => `s${n}-${i + 1}`);
    for (const id of own) addStream(random, streams, id, n);
    for (let i = 1; i <= 2 + random.below(4); i++)
      addListing(random, listings, `l${n}-${i}`, n, random.chance(0.85) ? random.pick(own) : null);
  }
  listings.rows.push({ ...(listings.rows[0] as Row), listing_id: null });
  const shuffled = (rows: readonly Row[]): readonly Row[] =>
    rows
      .map((row) => ({ row, at: random.below(1_000_000) }))
      .sort((a, b) => a.at - b.at)
      .map(({ row }) => row);
  return { sellers: shuffled(sellers.rows), streams: shuffled(streams.rows), listings: shuffled(listings.rows) };
}

function addSeller(random: Random, { add }: Log, id: number): void {
  const opened = evening[0] - BigInt(100 + random.below(400)) * day;
  const row = { seller_id: id, handle: `seller_${id}`, country: random.pick(countries) };
  add(opened, { ...row, country: null });
  // Verified in the transaction that opened the account: only the position in the log tells which came last.
  add(random.chance(0.3) ? opened : opened + day, row);
  if (random.chance(0.3)) add(random.pick(askedInstants) - random.pick([0n, 1n, hour]), { ...row, country: random.pick(countries) });
  if (random.chance(0.2)) {
    add(evening[0] + 50n * minute, row, true);
    if (random.chance(0.5)) add(evening[0] + 130n * minute, row);
  }
}

function addStream(random: Random, { add }: Log, id: string, seller: number): void {
  const started = random.chance(0.7) ? random.between(evening[0], evening[1] - hour) : random.between(evening[0] - 3n * day, evening[0]);
  const ended = started + hour + random.between(0n, 2n * hour);
  const row = { stream_id: id, seller_id: seller, category: random.pick([...categories, null]), started_at: null, ended_at: null };
  add(started - BigInt(1 + random.below(72)) * hour, row);
  if (random.chance(0.1)) return add(started - minute, row, true);
  const live = { ...row, started_at: iso(started) };
  add(started, live);
  if (random.chance(0.2)) add(started, { ...live, category: random.pick(categories) });
  add(ended, { ...live, ended_at: iso(ended) });
}

function addListing(random: Random, { add }: Log, id: string, seller: number, stream: string | null): void {
  let price = 500 + random.below(20_000);
  const row = { listing_id: id, seller_id: seller, stream_id: stream, category: random.chance(0.05) ? null : random.pick(categories) };
  const listed = evening[0] - BigInt(2 + random.below(110)) * day;
  add(listed, { ...row, price: money(price) });
  const near = (): bigint => random.pick(askedInstants) - random.pick([0n, 1n, hour, day, day + 1n, day - 1n]);
  const changes = Array.from({ length: random.below(5) }, () => (random.chance(0.5) ? near() : random.between(listed, evening[1]))).filter(
    (at) => at > listed,
  );
  for (const at of changes.sort((a, b) => (a < b ? -1 : 1))) {
    price = random.chance(0.15) ? price : random.chance(0.1) ? 0 : Math.max(0, price + random.below(4000) - 2000);
    add(at, { ...row, price: random.chance(0.04) ? null : money(price) });
    if (random.chance(0.2)) add(at, { ...row, price: money(price + 100) });
  }
  if (random.chance(0.15)) add(evening[0] + random.pick([hour, 2n * hour, 2n * hour + 1n]), { ...row, price: money(price) }, true);
}
