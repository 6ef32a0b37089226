/*---
entity: auction_id
owner: faults
every: 1 hour
---*/
SELECT
  auction_id,
  COUNT(*) AS bids_today,
  MAX(amount) AS highest_today
FROM bids
WHERE DATE_TRUNC('day', CONVERT_TIMEZONE('UTC', 'America/New_York', bid_at)) = DATE_TRUNC('day', CONVERT_TIMEZONE('UTC', 'America/New_York', as_of()))
GROUP BY auction_id
