/*---
entity: destination
description: What is on its way to an airport.
owner: network-planning
every: 1 hour
---*/
SELECT
  destination,
  COUNT(*)                                  AS inbound_6h,
  COUNT(DISTINCT origin)                    AS origins_6h,
  COALESCE(SUM(GREATEST(delay, 0)), 0)      AS delay_minutes_6h
FROM flights
WHERE departed_at >= as_of() - INTERVAL '6 hours'
GROUP BY destination
