/*---
entity: [origin, destination]
description: How late a route runs.
owner: network-operations
every: 1 day
---*/
SELECT
  origin,
  destination,
  COUNT(*)                                             AS departures_3d,
  AVG(delay)                                           AS avg_delay_3d,
  MEDIAN(delay)                                        AS median_delay_3d,
  STDDEV(delay)                                        AS stddev_delay_3d,
  COUNT_IF(delay > 15) / NULLIF(COUNT(*), 0)           AS share_late_3d,
  MAX_BY(delay, departed_at)                           AS last_delay
FROM flights
WHERE departed_at >= as_of() - INTERVAL '3 days'
GROUP BY origin, destination
