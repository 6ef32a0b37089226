/*---
entity: [who]
---*/
SELECT who,
  MAX(CONCAT_WS('-', CASE WHEN clicks.ok THEN clicks.who ELSE clicks.who END, (clicks.who || clicks.who))) AS o1,
  MAX(SUBSTR(clicks.who, 1, 1)) AS o2,
  MAX(LEFT(clicks.who, 1)) AS o3,
  AVG(ROUND(IFF(clicks.ok, clicks.item, clicks.item))) AS o4,
  MAX_BY(clicks.who, 'a') AS o5
FROM clicks
WHERE at >= as_of() - INTERVAL '1 hour'
GROUP BY who
