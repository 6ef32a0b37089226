/*---
entity: who
description: A sum that may be beyond NUMBER(38,0).
owner: tests
every: 1 hour
---*/
SELECT who, SUM(units) AS units
FROM notes
WHERE at >= as_of() - INTERVAL '1 day'
GROUP BY who
