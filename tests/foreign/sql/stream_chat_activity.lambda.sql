-- As a backend engineer would write it.
WITH asked AS (
  SELECT
    generate_subscripts(CAST($as_of AS TIMESTAMP[]), 1) AS ordinal,
    unnest(CAST($stream_id AS VARCHAR[])) AS stream_id,
    unnest(CAST($as_of AS TIMESTAMP[])) AS as_of
)
SELECT
  asked.ordinal,
  asked.stream_id,
  asked.as_of,
  count(c.chat_id) AS chats_20m,
  count(DISTINCT c.user_id) AS chatters_20m,
  count(c.chat_id) FILTER (WHERE c.sent_at >= asked.as_of - INTERVAL 5 MINUTE) AS chats_5m
FROM asked
LEFT JOIN chats AS c
  ON c.stream_id = asked.stream_id
  AND c.sent_at >= asked.as_of - INTERVAL 20 MINUTE
  AND c.sent_at < asked.as_of
GROUP BY ALL;
