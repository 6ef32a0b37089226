/*---
entity: auction_id
owner: faults
every: 1 hour
defaults: { streak: 0, kinds: none }
---*/
WITH per_bidder AS (
  SELECT auction_id, bidder, COUNT(*) AS n
  FROM bids
  WHERE bid_at >= as_of() - INTERVAL '30 minutes'
  GROUP BY auction_id, bidder
),
best AS (
  SELECT auction_id, bidder, n
  FROM per_bidder
  QUALIFY ROW_NUMBER() OVER (PARTITION BY auction_id ORDER BY n DESC, bidder) = 1
)
SELECT auction_id, n AS streak, bidder AS kinds FROM best
