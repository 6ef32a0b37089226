/*---
entity: []
description: All departures of the country, one row.
owner: network-planning
every: 1 hour
---*/
SELECT
  COUNT(*)                                       AS departures_1h,
  COUNT(DISTINCT origin)                         AS airports_1h,
  COUNT_IF(delay > 15) / NULLIF(COUNT(*), 0)     AS share_late_1h
FROM flights
WHERE departed_at >= as_of() - INTERVAL '1 hour'
