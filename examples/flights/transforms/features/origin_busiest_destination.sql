/*---
entity: origin
description: The destination with the most departures of the last day; the first by name if several tie.
defaults: {busiest_departures: 0}
owner: network-operations
every: 1 day
---*/
WITH routes AS (
  SELECT origin, destination, COUNT(*) AS departures
  FROM flights
  WHERE departed_at >= as_of() - INTERVAL '24 hours'
  GROUP BY origin, destination
)
SELECT
  origin,
  destination  AS busiest_destination,
  departures   AS busiest_departures
FROM routes
QUALIFY ROW_NUMBER() OVER (PARTITION BY origin ORDER BY departures DESC, destination) = 1
