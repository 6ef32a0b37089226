/*---
entity: [who]
---*/
SELECT who,
  MAX(MONTHNAME(DATEADD(hour, 1, clicks.at))) AS o1,
  MAX(TO_DATE(DATEADD(hour, 1, clicks.at))) AS o2,
  MAX(CASE WHEN (clicks.item = clicks.item) THEN clicks.item WHEN (clicks.item = clicks.item) THEN (clicks.item + clicks.item) ELSE clicks.item END) AS o3,
  MAX_BY(SUBSTR((clicks.ok)::VARCHAR, 1, 1), 'a') AS o4
FROM clicks
WHERE at >= as_of() - INTERVAL '1 hour'
GROUP BY who
