/*---
entity: category
description: A category's sales of the last hour against an average hour of the week, and its rank among categories now.
owner: marketplace-analytics
every: 1 hour
---*/
WITH {{> priced_orders window="7 days"}},
sales AS (
  SELECT
    category,
    SUM(IFF(ordered_at >= as_of() - INTERVAL '1 hour', amount, 0))  AS gmv_1h,
    SUM(amount)                                                     AS gmv_7d
  FROM priced_orders
  GROUP BY category
)
SELECT
  category,
  gmv_1h,
  gmv_7d,
  DIV0(168 * gmv_1h, gmv_7d)                                AS momentum,
  DENSE_RANK() OVER (ORDER BY gmv_1h DESC)                  AS rank_1h
FROM sales
