/*---
entity: auction_id
owner: faults
every: 1 hour
---*/
SELECT
  auction_id,
  AVG(amount)                                           AS mean_amount,
  COUNT_IF(amount > 50) / NULLIF(COUNT(*), 0)           AS share_high,
  ROUND(SUM(amount) / NULLIF(COUNT(DISTINCT bidder), 0), 1)  AS spent_each
FROM bids
WHERE bid_at >= as_of() - INTERVAL '1 hour'
GROUP BY auction_id
