/*---
entity: bidder_id
description: Auctions of the last day in which a person has bid, and those in which somebody else leads now.
owner: auctions
every: 15 minutes
---*/
WITH best AS (
  SELECT listing_id, bidder_id, MAX(amount) AS amount, MIN(bid_at) AS first_bid_at
  FROM bids
  WHERE {{> within time="bid_at" window="24 hours"}}
    AND amount IS NOT NULL
    AND bidder_id IS NOT NULL
  GROUP BY listing_id, bidder_id
),
placed AS (
  SELECT
    listing_id,
    bidder_id,
    amount,
    MAX(amount) OVER (PARTITION BY listing_id)  AS leading_amount
  FROM best
)
SELECT
  bidder_id,
  COUNT(*)                                                      AS auctions_24h,
  COUNT_IF(amount < leading_amount)                             AS outbid_24h,
  MAX(leading_amount - amount)                                  AS furthest_behind
FROM placed
GROUP BY bidder_id
