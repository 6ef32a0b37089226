/*---
entity: stream_id
description: The share of a stream's messages of the last hour that somebody, or the classifier, has flagged.
owner: trust-and-safety
every: 15 minutes
consumers: [moderator_queue, stream_suspension_policy]
---*/
WITH flags AS (
  SELECT
    chat_id,
    COUNT(*)                                   AS flags,
    BOOLOR_AGG(flagged_by = 'classifier')      AS by_classifier
  FROM comment_flags
  WHERE {{> within time="flagged_at" window="1 hour"}}
  GROUP BY chat_id
)
SELECT
  chats.stream_id,
  COUNT(*)                                                         AS chats_1h,
  COUNT(flags.chat_id)                                             AS flagged_chats_1h,
  COUNT(flags.chat_id) / NULLIF(COUNT(*), 0)                       AS flagged_share_1h,
  COALESCE(SUM(flags.flags), 0)                                    AS flags_1h,
  COUNT_IF(flags.by_classifier)                                    AS flagged_by_classifier_1h
FROM chats
LEFT JOIN flags ON flags.chat_id = chats.chat_id
WHERE chats.sent_at >= as_of() - INTERVAL '1 hour'
GROUP BY chats.stream_id
