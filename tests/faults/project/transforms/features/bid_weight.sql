/*---
entity: auction_id
owner: faults
every: 1 hour
---*/
SELECT
  auction_id,
  SUM(weight)      AS weight_1h,
  AVG(weight)      AS mean_weight_1h,
  STDDEV(weight)   AS spread_1h
FROM bids
WHERE bid_at >= as_of() - INTERVAL '1 hour'
GROUP BY auction_id
