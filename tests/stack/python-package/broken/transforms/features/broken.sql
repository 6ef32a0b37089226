/*---
entity: who
description: Names a column that is not there.
owner: tests
every: 1 hour
---*/
SELECT who, SUM(unit) AS units
FROM notes
WHERE at >= as_of() - INTERVAL '1 day'
GROUP BY who
