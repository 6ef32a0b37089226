{{!-- Orders of the window with what they cost when they were placed. --}}
priced_orders AS (
  SELECT
    orders.order_id,
    orders.seller_id,
    orders.buyer_id,
    orders.ordered_at,
    listings_history.category,
    orders.quantity * listings_history.price  AS amount
  FROM orders
  JOIN listings_history
    ON  listings_history.listing_id = orders.listing_id
    AND listings_history.valid_from < orders.ordered_at
    AND (listings_history.valid_to IS NULL OR orders.ordered_at <= listings_history.valid_to)
  WHERE orders.ordered_at >= as_of() - {{interval window}}
)
