/*---
entity: auction_id
owner: faults
every: 1 hour
---*/
SELECT
  auction_id,
  COUNT(*)                                              AS bids_20m,
  COUNT_IF(bid_at >= as_of() - INTERVAL '5 minutes')    AS bids_5m,
  COALESCE(SUM(amount), 0)                              AS amount_20m
FROM bids
WHERE bid_at >= as_of() - INTERVAL '20 minutes'
GROUP BY auction_id
