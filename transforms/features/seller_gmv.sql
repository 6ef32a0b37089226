/*---
entity: seller_id
description: Gross merchandise value of a seller over several windows, at the price each thing had when it was bought.
owner: seller-tools
every: 1 hour
windows: [1 hour, 24 hours, 7 days]
longest: 7 days
consumers: [seller_dashboard, payout_limits]
---*/
WITH {{> priced_orders window=longest}}
SELECT
  seller_id,
  {{#each windows}}
  COALESCE(SUM(IFF(ordered_at >= as_of() - {{interval this}}, amount, NULL)), 0)    AS gmv_{{slug this}},
  COUNT_IF(ordered_at >= as_of() - {{interval this}})                               AS orders_{{slug this}},
  {{/each}}
  AVG(amount)                                                                       AS average_order_{{slug longest}}
FROM priced_orders
GROUP BY seller_id
