SELECT
  s.ordinal,
  (SELECT count(*) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 20 MINUTE) AS chats_20m,
  (SELECT count(DISTINCT user_id) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 20 MINUTE) AS chatters_20m,
  (SELECT count(*) FROM chats c WHERE c.stream_id = s.stream_id AND c.sent_at < s.as_of AND c.sent_at >= s.as_of - INTERVAL 5 MINUTE) AS chats_5m
FROM spine s
