WITH counts AS (
  SELECT
    s.ordinal,
    (SELECT count(*) FROM bids b WHERE b.listing_id = s.listing_id AND b.bid_at < s.as_of AND b.bid_at >= s.as_of - INTERVAL 1 MINUTE) AS bids_1m,
    (SELECT count(*) FROM bids b WHERE b.listing_id = s.listing_id AND b.bid_at < s.as_of AND b.bid_at >= s.as_of - INTERVAL 10 MINUTE) AS bids_10m
  FROM spine s
)
SELECT
  ordinal,
  bids_1m,
  bids_10m,
  (bids_10m * 100000)::DECIMAL(30, 0) * 0.000001::DECIMAL(6, 6) AS bids_per_minute_10m,
  CASE WHEN bids_10m = 0 THEN 0 ELSE ((bids_1m * 20000000 + bids_10m) // (bids_10m * 2))::DECIMAL(30, 0) END * 0.000001::DECIMAL(6, 6) AS bid_velocity
FROM counts
