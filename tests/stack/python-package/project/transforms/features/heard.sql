/*---
entity: who
description: An instant, and an output called error.
owner: tests
every: 1 hour
---*/
SELECT who, MAX(heard_at) AS heard_at, MAX(body) AS error
FROM notes
WHERE at >= as_of() - INTERVAL '1 day'
GROUP BY who
