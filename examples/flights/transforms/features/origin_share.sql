/*---
entity: origin
description: An airport's share of all departures in the country, and its rank among airports.
owner: network-planning
every: 1 day
defaults: {departures_24h: 0, share_24h: 0}
---*/
WITH airports AS (
  SELECT origin, COUNT(*) AS departures
  FROM flights
  WHERE departed_at >= as_of() - INTERVAL '24 hours'
  GROUP BY origin
),
country AS (
  SELECT SUM(departures) AS departures FROM airports
)
SELECT
  airports.origin,
  airports.departures                                        AS departures_24h,
  DIV0(airports.departures, country.departures)              AS share_24h,
  RANK() OVER (ORDER BY airports.departures DESC)            AS rank_24h
FROM airports CROSS JOIN country
