WITH asked AS (
  SELECT
    generate_subscripts(CAST($as_of AS TIMESTAMP[]), 1) AS ordinal,
    unnest(CAST($buyer_id AS HUGEINT[])) AS buyer_id,
    unnest(CAST($seller_id AS HUGEINT[])) AS seller_id,
    unnest(CAST($as_of AS TIMESTAMP[])) AS as_of
),
bought AS (
  SELECT
    ordinal,
    count(*) AS orders_90d,
    sum(o.quantity * l.price) AS spent_90d,
    max(o.ordered_at) AS last_order_at
  FROM asked AS a
  JOIN orders AS o
    ON o.buyer_id = a.buyer_id
    AND o.seller_id = a.seller_id
    AND o.ordered_at >= a.as_of - INTERVAL 90 DAY
    AND o.ordered_at < a.as_of
  JOIN listings AS l
    ON l.listing_id = o.listing_id
    AND l.valid_from < o.ordered_at
    AND (l.valid_to IS NULL OR o.ordered_at <= l.valid_to)
    AND l.is_deleted IS NOT TRUE
  GROUP BY ordinal
)
SELECT
  ordinal,
  a.buyer_id,
  a.seller_id,
  a.as_of,
  coalesce(b.orders_90d, 0) AS orders_90d,
  CAST(coalesce(b.spent_90d, 0) AS DECIMAL(38, 2)) AS spent_90d,
  date_diff('day', b.last_order_at, a.as_of) AS days_since_last_order,
  EXISTS (SELECT 1 FROM follows AS f WHERE f.user_id = a.buyer_id AND f.seller_id = a.seller_id AND f.followed_at < a.as_of) AS follows
FROM asked AS a
LEFT JOIN bought AS b USING (ordinal)
