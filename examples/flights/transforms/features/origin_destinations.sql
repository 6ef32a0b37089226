/*---
entity: origin
description: Where one can fly to from an airport.
owner: network-operations
every: 1 day
---*/
SELECT
  origin,
  COUNT(DISTINCT destination)                                             AS destinations_24h,
  LISTAGG(DISTINCT destination, ' ') WITHIN GROUP (ORDER BY destination)  AS destination_list_24h,
  MAX(distance)                                                           AS farthest_24h
FROM flights
WHERE departed_at >= as_of() - INTERVAL '24 hours'
GROUP BY origin
