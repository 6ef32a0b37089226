/*---
entity: origin
description: The last hour against an average hour of the last day; 1 is an ordinary hour.
owner: network-operations
every: 1 hour
---*/
SELECT
  origin,
  DIV0(24 * COUNT_IF(departed_at >= as_of() - INTERVAL '1 hour'), COUNT(*))                      AS traffic_trend,
  AVG(IFF(departed_at >= as_of() - INTERVAL '1 hour', delay, NULL)) - AVG(delay)                 AS delay_trend
FROM flights
WHERE departed_at >= as_of() - INTERVAL '1 day'
GROUP BY origin
