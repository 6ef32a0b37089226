/*---
entity: origin
description: How busy an airport is, and how late its departures are.
owner: network-operations
every: 1 hour
---*/
SELECT
  origin,
  COUNT_IF(departed_at >= as_of() - INTERVAL '1 hour')  AS departures_1h,
  COUNT(*)                                              AS departures_24h,
  AVG(delay)                                            AS avg_delay_24h,
  MAX(delay)                                            AS worst_delay_24h,
  COUNT_IF(delay > 15) / NULLIF(COUNT(*), 0)            AS share_late_24h
FROM flights
WHERE departed_at >= as_of() - INTERVAL '24 hours'
GROUP BY origin
