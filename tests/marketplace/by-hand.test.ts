/** Both forms against SQL that shares nothing with the compiler. */
import { afterAll, describe, expect, test } from 'vitest';
import { openByHand } from './by-hand.ts';
import { answers, asked, featureNamed, printed, worldOf } from './world.ts';

interface Written {
  readonly spine: string;
  readonly sql: string;
}

const stream = 'stream_id VARCHAR, ';
const listing = 'listing_id VARCHAR, ';
const seller = 'seller_id BIGINT, ';
/** Orders of a spine row's window with what they cost; deleted and unknown listings have no price, so their orders are left out. */
const priced = (
  window: string,
): string => `(SELECT o.*, o.quantity * price_before(o.listing_id, o.ordered_at) AS amount, category_before(o.listing_id, o.ordered_at) AS category
  FROM orders o WHERE o.ordered_at < s.as_of AND o.ordered_at >= s.as_of - INTERVAL '${window}' AND listed_before(o.listing_id, o.ordered_at))`;
/** Rounded half away from zero, exactly: numerators and denominators are far below 10^25. */
const ratio = (n: string, d: string, scale: number): string => `CASE WHEN (${d}) = 0 THEN NULL ELSE
  (((${n})::HUGEINT * ${10 ** scale}::HUGEINT * 2 + (${d})::HUGEINT) // ((${d})::HUGEINT * 2))::DECIMAL(38,0) * 1e-${scale}::DECIMAL(38,${scale}) END`;

const features: Readonly<Record<string, Written>> = {
  stream_chat_activity: {
    spine: stream,
    sql: `SELECT s.ordinal,
  (SELECT count(*) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 20 MINUTE) AS chats_20m,
  (SELECT count(DISTINCT c.user_id) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 20 MINUTE) AS chatters_20m,
  (SELECT count(*) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 5 MINUTE) AS chats_5m
FROM spine s`,
  },
  stream_viewers_now: {
    spine: stream,
    sql: `SELECT s.ordinal, (SELECT count(DISTINCT v.user_id) FROM views v WHERE v.stream_id = s.stream_id AND v.watched_at < s.as_of AND v.watched_at >= s.as_of - INTERVAL 90 SECOND) AS viewers_now FROM spine s`,
  },
  stream_first_time_chatters: {
    spine: stream,
    sql: `SELECT s.ordinal, (SELECT count(DISTINCT c.user_id) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 20 MINUTE
  AND NOT EXISTS (SELECT 1 FROM chats e WHERE e.user_id = c.user_id AND (e.sent_at, e.chat_id) < (c.sent_at, c.chat_id) AND e.sent_at >= s.as_of - INTERVAL 90 DAY)) AS first_time_chatters
FROM spine s`,
  },
  stream_flagged_share: {
    spine: stream,
    sql: `SELECT ordinal, chats_1h, flagged_chats_1h, ${ratio('flagged_chats_1h', 'chats_1h', 6)} AS flagged_share_1h, flags_1h, flagged_by_classifier_1h FROM (SELECT s.ordinal,
  (SELECT count(*) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 1 HOUR) AS chats_1h,
  (SELECT count(*) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 1 HOUR
     AND EXISTS (SELECT 1 FROM comment_flags f WHERE f.chat_id = c.chat_id AND f.flagged_at < s.as_of AND f.flagged_at >= s.as_of - INTERVAL 1 HOUR)) AS flagged_chats_1h,
  (SELECT count(*) FROM chats c, comment_flags f WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 1 HOUR
     AND f.chat_id = c.chat_id AND f.flagged_at < s.as_of AND f.flagged_at >= s.as_of - INTERVAL 1 HOUR) AS flags_1h,
  (SELECT count(*) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 1 HOUR
     AND EXISTS (SELECT 1 FROM comment_flags f WHERE f.chat_id = c.chat_id AND f.flagged_by = 'classifier' AND f.flagged_at < s.as_of AND f.flagged_at >= s.as_of - INTERVAL 1 HOUR)) AS flagged_by_classifier_1h
FROM spine s)`,
  },
  stream_follow_rate: {
    spine: stream,
    sql: `SELECT ordinal, v AS viewers_24h, f AS follows_24h, CASE WHEN f_rows > 0 THEN ${ratio('100 * f', 'v', 6)} END AS follows_per_100_viewers FROM (SELECT s.ordinal,
  (SELECT count(DISTINCT v.user_id) FROM views v WHERE v.stream_id = s.stream_id AND v.watched_at < s.as_of AND v.watched_at >= s.as_of - INTERVAL 24 HOUR) AS v,
  (SELECT count(DISTINCT f.user_id) FROM follows f WHERE f.stream_id = s.stream_id AND f.followed_at < s.as_of AND f.followed_at >= s.as_of - INTERVAL 24 HOUR) AS f,
  (SELECT count(*) FROM follows f WHERE f.stream_id = s.stream_id AND f.followed_at < s.as_of AND f.followed_at >= s.as_of - INTERVAL 24 HOUR) AS f_rows
FROM spine s)`,
  },
  listing_highest_bid: {
    spine: listing,
    sql: `SELECT ordinal, b.amount AS highest_bid, b.bidder_id AS leading_bidder_id, epoch_us(date_trunc('second', as_of)) // 1000000 - epoch_us(date_trunc('second', b.bid_at)) // 1000000 AS leads_for_s
FROM (SELECT s.ordinal, s.as_of, (SELECT struct_pack(amount := b.amount, bidder_id := b.bidder_id, bid_at := b.bid_at) FROM bids b
  WHERE b.listing_id = s.listing_id AND b.bid_at < s.as_of AND b.bid_at >= s.as_of - INTERVAL 24 HOUR AND b.amount IS NOT NULL ORDER BY b.amount DESC, b.bid_at, b.bid_id LIMIT 1) AS b FROM spine s)`,
  },
  listing_price: {
    spine: listing,
    sql: `WITH v AS (SELECT l.*, s.ordinal AS o FROM spine s JOIN listings l ON l.listing_id = s.listing_id AND l.updated_at < s.as_of),
kept AS (SELECT a.* FROM v a WHERE NOT a.is_deleted AND NOT EXISTS (SELECT 1 FROM v b WHERE b.o = a.o AND b.updated_at = a.updated_at AND b.lsn > a.lsn)),
said AS (SELECT s.ordinal, s.as_of, (SELECT max(k.updated_at) FROM kept k WHERE k.o = s.ordinal) AS edited, listed_before(s.listing_id, s.as_of) AS there, price_before(s.listing_id, s.as_of) AS price,
  CASE WHEN listed_before(s.listing_id, s.as_of - INTERVAL 24 HOUR) THEN price_before(s.listing_id, s.as_of - INTERVAL 24 HOUR) END AS past,
  (SELECT count(*) FROM kept k WHERE k.o = s.ordinal AND k.updated_at >= s.as_of - INTERVAL 24 HOUR
     AND k.price <> (SELECT arg_max(struct_pack(p := p.price), p.updated_at).p FROM kept p WHERE p.o = k.o AND p.updated_at < k.updated_at)) AS changes FROM spine s)
SELECT ordinal, CASE WHEN there THEN price END AS price, CASE WHEN there THEN past END AS price_a_day_ago,
  CASE WHEN there THEN changes ELSE 0 END AS price_changes_24h, there AND changes > 0 AS price_changed_24h,
  CASE WHEN there AND past <> 0 THEN round(100 * (price - past)::DOUBLE / past::DOUBLE, 1)::DECIMAL(38,1) END AS price_change_percent,
  CASE WHEN there THEN epoch_us(as_of) // 3600000000 - epoch_us(edited) // 3600000000 END AS hours_since_edit FROM said`,
  },
  seller_gmv: {
    spine: seller,
    sql: `SELECT s.ordinal,
  (SELECT coalesce(sum(p.amount), 0)::DECIMAL(38,2) FROM ${priced('1 hour')} p WHERE p.seller_id = s.seller_id) AS gmv_1h,
  (SELECT count(*) FROM ${priced('1 hour')} p WHERE p.seller_id = s.seller_id) AS orders_1h,
  (SELECT coalesce(sum(p.amount), 0)::DECIMAL(38,2) FROM ${priced('24 hours')} p WHERE p.seller_id = s.seller_id) AS gmv_24h,
  (SELECT count(*) FROM ${priced('24 hours')} p WHERE p.seller_id = s.seller_id) AS orders_24h,
  (SELECT coalesce(sum(p.amount), 0)::DECIMAL(38,2) FROM ${priced('7 days')} p WHERE p.seller_id = s.seller_id) AS gmv_7d,
  (SELECT count(*) FROM ${priced('7 days')} p WHERE p.seller_id = s.seller_id) AS orders_7d,
  (SELECT ${ratio('sum(p.amount * 100)', 'count(p.amount) * 100', 8)} FROM ${priced('7 days')} p WHERE p.seller_id = s.seller_id) AS average_order_7d
FROM spine s`,
  },
  seller_cancellation_rate: {
    spine: seller,
    sql: `SELECT ordinal, n AS orders_30d, x AS cancelled_30d, b AS cancelled_by_seller_30d, coalesce(${ratio('x', 'n', 6)}, 0::DECIMAL(38,6)) AS cancellation_rate_30d FROM (SELECT s.ordinal,
  count(o.order_id) AS n,
  count(o.order_id) FILTER (EXISTS (SELECT 1 FROM cancellations x WHERE x.order_id = o.order_id AND x.cancelled_at < s.as_of AND x.cancelled_at >= s.as_of - INTERVAL 30 DAY)) AS x,
  count(o.order_id) FILTER (EXISTS (SELECT 1 FROM cancellations x WHERE x.order_id = o.order_id AND x.cancelled_by = 'seller' AND x.cancelled_at < s.as_of AND x.cancelled_at >= s.as_of - INTERVAL 30 DAY)) AS b
FROM spine s LEFT JOIN orders o ON o.seller_id = s.seller_id AND o.ordered_at < s.as_of AND o.ordered_at >= s.as_of - INTERVAL 30 DAY GROUP BY s.ordinal)`,
  },
  seller_country_rank: {
    spine: seller,
    sql: `WITH v AS (SELECT l.*, s.ordinal AS o FROM spine s JOIN sellers l ON l.updated_at < s.as_of),
now AS (SELECT a.o, a.seller_id, a.country FROM v a WHERE NOT a.is_deleted AND NOT EXISTS (SELECT 1 FROM v b WHERE b.o = a.o AND b.seller_id = a.seller_id AND (b.updated_at, b.lsn) > (a.updated_at, a.lsn))),
earned AS (SELECT s.ordinal AS o, n.seller_id, n.country, (SELECT coalesce(sum(p.amount), 0)::DECIMAL(38,2) FROM ${priced('7 days')} p WHERE p.seller_id = n.seller_id) AS gmv FROM spine s JOIN now n ON n.o = s.ordinal),
said AS (SELECT s.ordinal, e.country, e.gmv, e.seller_id,
  (SELECT sum(x.gmv) FROM earned x WHERE x.o = s.ordinal AND x.country IS NOT DISTINCT FROM e.country) AS whole,
  (SELECT count(*) FROM earned x WHERE x.o = s.ordinal AND x.country IS NOT DISTINCT FROM e.country AND x.gmv > e.gmv) AS above,
  (SELECT count(*) FROM earned x WHERE x.o = s.ordinal AND x.country IS NOT DISTINCT FROM e.country) AS peers
  FROM spine s LEFT JOIN earned e ON e.o = s.ordinal AND e.seller_id = s.seller_id)
SELECT ordinal, country, coalesce(gmv, 0)::DECIMAL(38,2) AS gmv_7d, coalesce(${ratio('gmv * 100', 'whole * 100', 8)}, 0::DECIMAL(38,8)) AS country_share_7d,
  CASE WHEN seller_id IS NOT NULL THEN above + 1 END AS country_rank_7d, CASE WHEN seller_id IS NOT NULL THEN peers END AS sellers_in_country FROM said`,
  },
  user_engagement: {
    spine: 'user_id BIGINT, ',
    sql: `WITH did AS (SELECT user_id AS u, 'chat' AS kind, stream_id, sent_at AS t FROM chats UNION ALL SELECT bidder_id, 'bid', stream_id, bid_at FROM bids
  UNION ALL SELECT buyer_id, 'order', stream_id, ordered_at FROM orders UNION ALL SELECT user_id, 'follow', stream_id, followed_at FROM follows)
SELECT s.ordinal, count(d.u) AS actions_24h, count(DISTINCT d.stream_id) AS streams_24h,
  concat_ws(' ', CASE WHEN bool_or(d.kind = 'bid') THEN 'bid' END, CASE WHEN bool_or(d.kind = 'chat') THEN 'chat' END, CASE WHEN bool_or(d.kind = 'follow') THEN 'follow' END, CASE WHEN bool_or(d.kind = 'order') THEN 'order' END) AS kinds_24h,
  count(*) FILTER (d.kind = 'chat') AS chats_24h, count(*) FILTER (d.kind = 'bid') AS bids_24h, count(*) FILTER (d.kind = 'order') AS orders_24h, strftime(max(d.t), '%Y-%m-%dT%H:%M:%S.%f') AS last_action_at
FROM spine s LEFT JOIN did d ON d.u = s.user_id AND d.t < s.as_of AND d.t >= s.as_of - INTERVAL 24 HOUR GROUP BY s.ordinal`,
  },
  buyer_seller_bond: {
    spine: 'buyer_id BIGINT, seller_id BIGINT, ',
    sql: `SELECT s.ordinal,
  (SELECT count(*) FROM ${priced('90 days')} p WHERE (p.buyer_id, p.seller_id) = (s.buyer_id, s.seller_id)) AS orders_90d,
  (SELECT coalesce(sum(p.amount), 0)::DECIMAL(38,2) FROM ${priced('90 days')} p WHERE (p.buyer_id, p.seller_id) = (s.buyer_id, s.seller_id)) AS spent_90d,
  (SELECT s.as_of::DATE - max(p.ordered_at)::DATE FROM ${priced('90 days')} p WHERE (p.buyer_id, p.seller_id) = (s.buyer_id, s.seller_id)) AS days_since_last_order,
  EXISTS (SELECT 1 FROM follows f WHERE (f.user_id, f.seller_id) = (s.buyer_id, s.seller_id) AND f.followed_at < s.as_of) AS follows
FROM spine s`,
  },
};

describe.each([4, 5])('seed %i', async (seed) => {
  const world = worldOf(seed, 120);
  const byHand = await openByHand(world.raw);
  afterAll(() => byHand.close());

  test.each(Object.entries(features))('%s', async (name, { spine: columns, sql }) => {
    const compiled = featureNamed(name);
    const { rows, spine } = asked(compiled, world, 10);
    const expected = await byHand.ask(sql, columns, rows);
    const { batch, lambda } = await answers(compiled, world, spine);
    const wrong = [batch, lambda]
      .flatMap((form) =>
        form.map((values, i) => ({ asked: rows[i], got: text(printed(compiled, values)), expected: text(expected[i] ?? {}) })),
      )
      .filter(({ got, expected: wanted }) => JSON.stringify(got) !== JSON.stringify(wanted));
    expect(expected).toHaveLength(spine.length);
    expect(wrong.slice(0, 3)).toEqual([]);
  });
});

function text(row: Readonly<Record<string, unknown>>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]));
}
