/*---
entity: listing_id
description: What a listing costs now, what it cost a day ago, whether its price changed in between, and when anything of it was edited last.
owner: pricing
every: 1 day
universe: listings
defaults: { price_changes_24h: 0, price_changed_24h: false }
---*/
WITH versions AS (
  SELECT
    listing_id,
    price,
    LAG(price) OVER (PARTITION BY listing_id ORDER BY updated_at, lsn)  AS previous_price,
    valid_from,
    valid_to
  FROM listings_history
  WHERE valid_to IS NULL OR valid_to > valid_from
),
past AS (
  SELECT
    listing_id,
    MAX(IFF(valid_from < as_of() - INTERVAL '1 day'
            AND (valid_to IS NULL OR valid_to >= as_of() - INTERVAL '1 day'), price, NULL))  AS price_a_day_ago,
    COUNT_IF(valid_from >= as_of() - INTERVAL '1 day' AND price <> previous_price)           AS price_changes,
    MAX(IFF(valid_to IS NULL, valid_from, NULL))                                             AS edited_at
  FROM versions
  GROUP BY listing_id
)
SELECT
  listings.listing_id,
  listings.price,
  past.price_a_day_ago,
  past.price_changes                                                         AS price_changes_24h,
  past.price_changes > 0                                                     AS price_changed_24h,
  ROUND(100 * (listings.price - past.price_a_day_ago)
    / NULLIF(past.price_a_day_ago, 0), 1)                                    AS price_change_percent,
  DATEDIFF(hour, past.edited_at, as_of())                                    AS hours_since_edit
FROM listings
JOIN past ON past.listing_id = listings.listing_id
