WITH priced AS (
  SELECT o.*, o.quantity * price_before(o.listing_id, o.ordered_at) AS amount
  FROM orders o
  WHERE listed_before(o.listing_id, o.ordered_at)
)
SELECT
  s.ordinal,
  (SELECT count(*) FROM priced o WHERE o.buyer_id = s.buyer_id AND o.seller_id = s.seller_id AND o.ordered_at < s.as_of AND o.ordered_at >= s.as_of - INTERVAL 90 DAY) AS orders_90d,
  coalesce((SELECT sum(amount) FROM priced o WHERE o.buyer_id = s.buyer_id AND o.seller_id = s.seller_id AND o.ordered_at < s.as_of AND o.ordered_at >= s.as_of - INTERVAL 90 DAY), 0) AS spent_90d,
  date_diff('day', (SELECT max(ordered_at) FROM priced o WHERE o.buyer_id = s.buyer_id AND o.seller_id = s.seller_id AND o.ordered_at < s.as_of AND o.ordered_at >= s.as_of - INTERVAL 90 DAY), s.as_of) AS days_since_last_order,
  EXISTS (SELECT 1 FROM follows f WHERE f.user_id = s.buyer_id AND f.seller_id = s.seller_id AND f.followed_at < s.as_of) AS follows
FROM spine s
