/*---
entity: origin
description: The same measures of an airport over several windows, from one template.
owner: network-operations
every: 1 hour
windows: [1 hour, 6 hours, 24 hours]
---*/
SELECT
  origin,
  {{#each windows}}
  COUNT_IF({{> within}})                     AS departures_{{slug this}},
  AVG(IFF({{> within}}, delay, NULL))        AS avg_delay_{{slug this}},
  {{/each}}
  COUNT(*)                                   AS departures_seen
FROM flights
WHERE departed_at >= as_of() - INTERVAL '24 hours'
GROUP BY origin
