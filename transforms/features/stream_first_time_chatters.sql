/*---
entity: stream_id
description: People who wrote in the last 20 minutes and whose first message in 90 days, in any stream, was in this one.
owner: growth
every: 1 hour
defaults: { first_time_chatters: 0 }
---*/
WITH first_chats AS (
  SELECT user_id, stream_id, sent_at
  FROM chats
  WHERE {{> within time="sent_at" window="90 days"}}
    AND user_id IS NOT NULL
  QUALIFY ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY sent_at) = 1
)
SELECT
  stream_id,
  COUNT(*) AS first_time_chatters
FROM first_chats
WHERE {{> within time="sent_at" window="20 minutes"}}
GROUP BY stream_id
