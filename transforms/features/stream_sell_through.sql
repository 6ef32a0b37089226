/*---
entity: stream_id
description: How many of the listings shown in a stream found a buyer, since the stream began.
owner: seller-tools
every: 1 hour
universe: streams
defaults: { listings_shown: 0, listings_sold: 0, orders: 0 }
waive:
  - { code: table-at-request, reason: a stream begins once; what its row says now is what it said then }
---*/
WITH shown AS (
  SELECT stream_id, COUNT(*) AS listings
  FROM listings
  GROUP BY stream_id
),
sold AS (
  SELECT
    orders.stream_id,
    COUNT(DISTINCT orders.listing_id)  AS listings,
    COUNT(*)                           AS orders
  FROM orders
  JOIN streams ON streams.stream_id = orders.stream_id
  WHERE orders.ordered_at >= as_of() - INTERVAL '2 days'
    AND orders.ordered_at >= streams.started_at
  GROUP BY orders.stream_id
)
SELECT
  streams.stream_id,
  COALESCE(shown.listings, 0)                             AS listings_shown,
  COALESCE(sold.listings, 0)                              AS listings_sold,
  COALESCE(sold.orders, 0)                                AS orders,
  COALESCE(sold.listings, 0) / NULLIF(shown.listings, 0)  AS sell_through
FROM streams
LEFT JOIN shown ON shown.stream_id = streams.stream_id
LEFT JOIN sold  ON sold.stream_id = streams.stream_id
