/** What happens in and around streams, before it is delivered. */
import { day, hour, instant, iso, minute, moment, second } from './moments.ts';
import type { Population } from './population.ts';
import type { Random } from './random.ts';
import { money, type Row, texts } from './rows.ts';

export interface Crowd extends Population {
  readonly users: number;
}

const bodies = ['first!', 'mine 🙋', "what's the size?", 'so "rare"', 'ñ', '', 'sold, 50% off', 'back\\slash'];

export function chats(random: Random, crowd: Crowd, count: number): readonly Row[] {
  const streams = texts(crowd.streams, 'stream_id');
  return Array.from({ length: count }, (_, n) => ({
    chat_id: `c${n + 1}`,
    stream_id: random.chance(0.02) ? null : random.pick(streams),
    user_id: random.chance(0.03) ? null : someone(random, crowd),
    body: random.pick(bodies),
    sent_at: iso(moment(random, 0.7)),
  }));
}

/** Sessions of a few heartbeats, most of them while the stream is live; a fifth of the viewers is not signed in. */
export function views(random: Random, crowd: Crowd, count: number): readonly Row[] {
  const streams = latest(crowd.streams, 'stream_id');
  const rows: Row[] = [];
  for (let session = 1; rows.length < count; session++) {
    const stream = random.pick(streams);
    const who = {
      view_id: `v${session}`,
      stream_id: stream['stream_id'] as string,
      user_id: random.chance(0.2) ? null : someone(random, crowd),
    };
    const began = stream['started_at'];
    const start = typeof began === 'string' && random.chance(0.4) ? instant(began) + random.between(0n, 2n * hour) : moment(random, 0.85);
    const beats = 1 + random.below(8);
    for (let beat = 0; beat < beats; beat++) {
      const jitter = beat === 0 ? 0n : random.between(-second, second);
      rows.push({ heartbeat_id: `v${session}.${beat}`, ...who, watched_at: iso(start + BigInt(beat) * minute + jitter) });
    }
  }
  return rows;
}

/** Auctions on half of the listings: bids rise, tie, and come in bursts. */
export function bids(random: Random, crowd: Crowd, count: number): readonly Row[] {
  const listings = latest(crowd.listings, 'listing_id').filter((_, n) => n % 2 === 0);
  const leading = new Map<Row, number>();
  return Array.from({ length: count }, (_, n) => {
    const listing = random.pick(listings);
    const amount = (leading.get(listing) ?? 500) + random.pick([0, 0, 50, 100, 250]);
    leading.set(listing, amount);
    return {
      bid_id: `b${n + 1}`,
      listing_id: listing['listing_id'] as string,
      stream_id: listing['stream_id'] as string | null,
      bidder_id: random.chance(0.02) ? null : someone(random, crowd),
      amount: random.chance(0.02) ? null : money(amount),
      bid_at: iso(moment(random, 0.9)),
    };
  });
}

export function orders(random: Random, crowd: Crowd, count: number): readonly Row[] {
  const listings = latest(crowd.listings, 'listing_id');
  const changes = crowd.listings.filter((version) => version['listing_id'] !== null);
  return Array.from({ length: count }, (_, n) => {
    // Now and then somebody buys in the very moment in which the price changes.
    const change = random.chance(0.1) ? random.pick(changes) : null;
    const listing = change ?? random.pick(listings);
    const at = change === null ? moment(random, 0.45) : instant(change['updated_at'] as string) + random.pick([-1n, 0n, 0n, 1n]);
    return {
      order_id: `o${n + 1}`,
      listing_id: random.chance(0.01) ? null : (listing['listing_id'] as string),
      stream_id: random.chance(0.25) ? null : (listing['stream_id'] as string | null),
      seller_id: listing['seller_id'] as number,
      buyer_id: random.chance(0.02) ? null : someone(random, crowd),
      quantity: random.chance(0.02) ? null : 1 + random.below(3),
      ordered_at: iso(at),
    };
  });
}

/** One order in six is called off, some of them twice; some cancellations are of orders that nobody has seen. */
export function cancellations(random: Random, placed: readonly Row[]): readonly Row[] {
  return placed
    .filter(() => random.chance(0.17))
    .flatMap((order) => (random.chance(0.15) ? [order, order] : [order]))
    .map((order, n) => ({
      cancellation_id: `x${n + 1}`,
      order_id: random.chance(0.05) ? `o-unseen-${n}` : (order['order_id'] as string),
      cancelled_by: random.pick(['buyer', 'buyer', 'seller', 'payment', null]),
      cancelled_at: iso(instant(order['ordered_at'] as string) + random.pick([minute, hour, day]) * BigInt(1 + random.below(9))),
    }));
}

export function follows(random: Random, crowd: Crowd, count: number): readonly Row[] {
  const streams = latest(crowd.streams, 'stream_id');
  return Array.from({ length: count }, () => {
    const stream = random.pick(streams);
    return {
      user_id: someone(random, crowd),
      seller_id: stream['seller_id'] as number,
      stream_id: random.chance(0.2) ? null : (stream['stream_id'] as string),
      followed_at: iso(moment(random, 0.5)),
    };
  });
}

/** One message in ten is flagged, some of them often. */
export function commentFlags(random: Random, sent: readonly Row[]): readonly Row[] {
  const flagged = sent.filter(() => random.chance(0.1)).flatMap((chat) => Array.from({ length: random.pick([1, 1, 1, 2, 4]) }, () => chat));
  return flagged.map((chat, n) => ({
    flag_id: `f${n + 1}`,
    chat_id: random.chance(0.03) ? null : (chat['chat_id'] as string),
    stream_id: chat['stream_id'] as string | null,
    flagged_by: random.chance(0.4) ? 'classifier' : random.chance(0.05) ? null : String(1 + random.below(20)),
    reason: random.pick(['spam', 'abuse', 'scam', null]),
    flagged_at: iso(instant(chat['sent_at'] as string) + random.pick([second, minute, 20n * minute])),
  }));
}

/** A few people do most of everything. */
function someone(random: Random, { users }: Crowd): number {
  return 100 + Math.min(random.below(users), random.below(users));
}

/** One version for each key, the one that was logged last. */
function latest(versions: readonly Row[], key: string): readonly Row[] {
  const last = new Map<string, Row>();
  for (const version of versions) {
    const id = version[key];
    if (typeof id !== 'string') continue;
    const other = last.get(id);
    if (other === undefined || Number(version['lsn']) > Number(other['lsn'])) last.set(id, version);
  }
  return [...last.values()].sort((a, b) => (String(a[key]) < String(b[key]) ? -1 : 1));
}
