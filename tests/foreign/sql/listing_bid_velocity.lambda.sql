-- Quotients in whole millionths: halves go away from zero.
WITH asked AS (
  SELECT
    generate_subscripts(CAST($as_of AS TIMESTAMP[]), 1) AS ordinal,
    unnest(CAST($listing_id AS VARCHAR[])) AS listing_id,
    unnest(CAST($as_of AS TIMESTAMP[])) AS as_of
),
counted AS (
  SELECT
    ordinal,
    asked.listing_id,
    as_of,
    count(bid_id) FILTER (WHERE bid_at >= as_of - INTERVAL 1 MINUTE) AS bids_1m,
    count(bid_id) AS bids_10m
  FROM asked
  LEFT JOIN bids AS b ON b.listing_id = asked.listing_id AND bid_at >= as_of - INTERVAL 10 MINUTE AND bid_at < as_of
  GROUP BY ALL
)
SELECT
  *,
  CAST(bids_10m * 100000 AS DECIMAL(24, 0)) * CAST(0.000001 AS DECIMAL(6, 6)) AS bids_per_minute_10m,
  CASE WHEN bids_10m = 0 THEN 0 ELSE CAST((20000000 * bids_1m + bids_10m) // (2 * bids_10m) AS DECIMAL(24, 0)) END * CAST(0.000001 AS DECIMAL(6, 6)) AS bid_velocity
FROM counted
