/*---
entity: listing_id
description: The bid that leads an auction. Of equal bids the earlier one leads; auctions last a day at most.
owner: auctions
every: 5 minutes
consumers: outbid_notifications
---*/
SELECT
  listing_id,
  amount                                     AS highest_bid,
  bidder_id                                  AS leading_bidder_id,
  DATEDIFF(second, bid_at, as_of())          AS leads_for_s
FROM bids
WHERE bid_at >= as_of() - INTERVAL '24 hours'
  AND amount IS NOT NULL
QUALIFY ROW_NUMBER() OVER (PARTITION BY listing_id ORDER BY amount DESC, bid_at) = 1
