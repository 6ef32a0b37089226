/*---
entity: auction_id
owner: faults
every: 1 hour
---*/
WITH counted AS (
  SELECT auction_id, COUNT(*) AS bids
  FROM bids
  WHERE bid_at >= as_of() - INTERVAL '1 hour'
  GROUP BY auction_id
)
SELECT auctions.auction_id, auctions.category, auctions.price, COALESCE(counted.bids, 0) AS bids_1h
FROM auctions
LEFT JOIN counted ON counted.auction_id = auctions.auction_id
