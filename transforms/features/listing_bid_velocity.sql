/*---
entity: listing_id
description: Bids per minute now against the last ten minutes; above 1 the auction speeds up.
owner: auctions
every: 5 minutes
examples:
  - as_of: "2026-03-01T20:00:00"
    events:
      bids:
        - { bid_id: b1, listing_id: l1, stream_id: s1, bidder_id: 1, amount: 10.00, bid_at: "2026-03-01T19:52:00", ingested_at: "2026-03-01T19:52:00" }
        - { bid_id: b2, listing_id: l1, stream_id: s1, bidder_id: 2, amount: 11.00, bid_at: "2026-03-01T19:59:00", ingested_at: "2026-03-01T19:59:00" }
        - { bid_id: b3, listing_id: l1, stream_id: s1, bidder_id: 1, amount: 12.50, bid_at: "2026-03-01T19:59:30", ingested_at: "2026-03-01T19:59:30" }
    expect: { listing_id: l1, bids_1m: 2, bids_10m: 3, bids_per_minute_10m: 0.3, bid_velocity: 6.666667 }
---*/
SELECT
  listing_id,
  COUNT_IF(bid_at >= as_of() - INTERVAL '1 minute')                                AS bids_1m,
  COUNT(*)                                                                         AS bids_10m,
  COUNT(*) / 10                                                                    AS bids_per_minute_10m,
  DIV0(10 * COUNT_IF(bid_at >= as_of() - INTERVAL '1 minute'), COUNT(*))           AS bid_velocity
FROM bids
WHERE bid_at >= as_of() - INTERVAL '10 minutes'
GROUP BY listing_id
