/*---
entity: stream_id
description: The longest silence between two messages of a stream's chat in the last half hour, and how it is now.
owner: live-experience
every: 30 minutes
status: draft
---*/
WITH gaps AS (
  SELECT
    stream_id,
    sent_at,
    DATEDIFF(second, LAG(sent_at) OVER (PARTITION BY stream_id ORDER BY sent_at), sent_at)  AS seconds_of_silence
  FROM chats
  WHERE {{> within time="sent_at" window="30 minutes"}}
)
SELECT
  stream_id,
  MAX(seconds_of_silence)                        AS longest_silence_s,
  DATEDIFF(second, MAX(sent_at), as_of())        AS silent_since_s
FROM gaps
GROUP BY stream_id
