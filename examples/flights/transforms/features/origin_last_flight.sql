/*---
entity: origin
description: The flight that left last. Flights of one minute are in the order of their numbers.
owner: network-operations
every: 1 hour
---*/
SELECT
  origin,
  delay                                        AS last_delay,
  destination                                  AS last_destination,
  DATEDIFF(minute, departed_at, as_of())       AS minutes_since
FROM flights
WHERE departed_at >= as_of() - INTERVAL '2 days'
QUALIFY ROW_NUMBER() OVER (PARTITION BY origin ORDER BY departed_at DESC) = 1
