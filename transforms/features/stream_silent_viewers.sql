/*---
entity: stream_id
description: Of the people who watch a stream now, how many have not said anything in its chat for 20 minutes.
owner: live-experience
every: 15 minutes
---*/
WITH {{> present_viewers}},
chatters AS (
  SELECT DISTINCT stream_id, user_id
  FROM chats
  WHERE {{> within time="sent_at" window="20 minutes"}}
)
SELECT
  present_viewers.stream_id,
  COUNT(*)                                                                     AS viewers_now,
  COUNT_IF(chatters.user_id IS NULL)                                           AS silent_viewers,
  COUNT_IF(chatters.user_id IS NULL) / NULLIF(COUNT(*), 0)                     AS silent_share
FROM present_viewers
LEFT JOIN chatters
  ON  chatters.stream_id = present_viewers.stream_id
  AND chatters.user_id = present_viewers.user_id
GROUP BY present_viewers.stream_id
