/*---
entity: buyer_id
description: How long ago a buyer ordered last, where, and how often before that in 90 days.
owner: lifecycle-marketing
every: 1 day
examples:
  - as_of: "2026-03-01T20:00:00"
    events:
      orders:
        - { order_id: o1, listing_id: l1, stream_id: s1, seller_id: 1, buyer_id: 7, quantity: 1, ordered_at: "2026-02-27T20:00:00", ingested_at: "2026-02-27T20:00:01" }
        - { order_id: o2, listing_id: l2, stream_id: null, seller_id: 2, buyer_id: 7, quantity: 3, ordered_at: "2026-03-01T18:30:00", ingested_at: "2026-03-01T18:30:01" }
    expect: { buyer_id: 7, minutes_since_last_order: 90, last_seller_id: 2, last_order_in_stream: false, orders_90d: 2 }
---*/
SELECT
  buyer_id,
  DATEDIFF(minute, ordered_at, as_of())                  AS minutes_since_last_order,
  seller_id                                              AS last_seller_id,
  stream_id IS NOT NULL                                  AS last_order_in_stream,
  COUNT(*) OVER (PARTITION BY buyer_id)                  AS orders_90d
FROM orders
WHERE ordered_at >= as_of() - INTERVAL '90 days'
QUALIFY ROW_NUMBER() OVER (PARTITION BY buyer_id ORDER BY ordered_at DESC) = 1
