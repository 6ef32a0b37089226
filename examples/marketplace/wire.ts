/** The marketplace's rows as its services put them on their topics: what `transforms/sources.yml` says of envelopes, paths and units, written out. */
import type { Cell, Row } from './rows.ts';

export interface Produced {
  readonly topic: string;
  readonly key: string;
  readonly value: string;
}

type Json = string | number | boolean | null | { readonly [key: string]: Json };

const epochMicros = (time: Cell | undefined): number | null => {
  if (typeof time !== 'string') return null;
  return Date.parse(`${time.slice(0, 23)}Z`) * 1000 + Number(time.slice(23, 26));
};
const millis = (time: Cell | undefined): number | null => {
  const micros = epochMicros(time);
  return micros === null ? null : micros / 1000;
};
const json = (cell: Cell | undefined): Json => (cell ?? null) as Json;

const segment = (event: string, around: { readonly [key: string]: Json }, properties: { readonly [key: string]: Json }): Json => ({
  type: 'track',
  event,
  ...around,
  properties,
});

/** As a database's log has it: a deletion shows the row as it was, and the instant apart. */
function debezium(row: Row, times: readonly string[]): Json {
  const { lsn, is_deleted: deleted, ...columns } = row;
  const last = { ...columns, ...Object.fromEntries(times.map((t) => [t, epochMicros(row[t])])) } as { readonly [key: string]: Json };
  const before = { ...last, updated_at: 0 };
  return {
    op: deleted === true ? 'd' : 'u',
    before: deleted === true ? before : null,
    after: deleted === true ? null : last,
    source: { connector: 'postgresql', lsn: json(lsn), ts_us: epochMicros(row['updated_at']) },
  };
}

const wires: Readonly<Record<string, { readonly topic: string; readonly key: string; readonly value: (row: Row) => Json }>> = {
  chats: {
    topic: 'chats.v1',
    key: 'stream_id',
    value: (r) =>
      segment(
        'Chat Sent',
        { messageId: `m-${String(r['chat_id'])}`, sentAt: millis(r['sent_at']), receivedAt: json(r['ingested_at']) },
        { chat_id: json(r['chat_id']), stream_id: json(r['stream_id']), sender: { id: json(r['user_id']) }, body: json(r['body']) },
      ),
  },
  views: {
    topic: 'view-heartbeats.v2',
    key: 'stream_id',
    value: (r) =>
      segment(
        'View Heartbeat',
        { timestamp: millis(r['watched_at']), receivedAt: json(r['ingested_at']) },
        {
          heartbeat_id: json(r['heartbeat_id']),
          view: { id: json(r['view_id']), streamId: json(r['stream_id']) },
          viewer: { id: json(r['user_id']) },
        },
      ),
  },
  bids: {
    topic: 'auctions.bids.v1',
    key: 'listing_id',
    value: (r) => ({ ...(r as { [k: string]: Json }), bid_at: epochMicros(r['bid_at']) }),
  },
  orders: {
    topic: 'commerce.orders.v3',
    key: 'seller_id',
    value: (r) => ({ ...(r as { [k: string]: Json }), ordered_at: millis(r['ordered_at']) }),
  },
  cancellations: {
    topic: 'commerce.cancellations.v1',
    key: 'order_id',
    value: (r) => ({ ...(r as { [k: string]: Json }), cancelled_at: millis(r['cancelled_at']) }),
  },
  follows: {
    topic: 'follows.v1',
    key: 'seller_id',
    value: (r) =>
      segment(
        'Seller Followed',
        { userId: json(r['user_id']), timestamp: millis(r['followed_at']), context: { streamId: json(r['stream_id']) } },
        { sellerId: json(r['seller_id']) },
      ),
  },
  comment_flags: { topic: 'trust.comment-flags.v1', key: 'chat_id', value: (r) => r as { [k: string]: Json } },
  streams: { topic: 'core.streams.cdc', key: 'stream_id', value: (r) => debezium(r, ['started_at', 'ended_at', 'updated_at']) },
  sellers: { topic: 'core.sellers.cdc', key: 'seller_id', value: (r) => debezium(r, ['updated_at']) },
  listings: { topic: 'core.listings.cdc', key: 'listing_id', value: (r) => debezium(r, ['updated_at']) },
};

export function onTheWire(source: string, row: Row): Produced {
  const wire = wires[source];
  if (wire === undefined) throw new Error(`the marketplace has no ${source}`);
  return { topic: wire.topic, key: String(row[wire.key] ?? ''), value: JSON.stringify(wire.value(row)) };
}
