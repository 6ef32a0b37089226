/*---
entity: who
description: An output of each type.
owner: tests
every: 1 hour
---*/
SELECT
  who,
  COUNT(*)                                       AS n,
  MAX(units)                                     AS most_units,
  SUM(price)                                     AS spent,
  MAX(weight)                                    AS weight,
  BOOLOR_AGG(ok)                                 AS ok,
  MAX(day)                                       AS last_day,
  MAX(body)                                      AS body,
  MAX(at)                                        AS last_at,
  ARRAY_AGG(price) WITHIN GROUP (ORDER BY price, at, note_id) AS prices
FROM notes
WHERE at >= as_of() - INTERVAL '1 day'
GROUP BY who
