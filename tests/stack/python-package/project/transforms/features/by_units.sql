/*---
entity: units
description: Asked by a number that no double holds.
owner: tests
every: 1 hour
---*/
SELECT units, COUNT(*) AS n
FROM notes
WHERE at >= as_of() - INTERVAL '1 day'
GROUP BY units
