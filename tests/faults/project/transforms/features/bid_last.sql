/*---
entity: auction_id
owner: faults
every: 1 hour
---*/
SELECT auction_id, bidder AS last_bidder, amount AS last_amount, code AS last_code
FROM bids
WHERE bid_at >= as_of() - INTERVAL '2 hours'
QUALIFY ROW_NUMBER() OVER (PARTITION BY auction_id ORDER BY bid_at DESC) = 1
