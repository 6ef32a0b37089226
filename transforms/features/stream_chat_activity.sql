/*---
entity: stream_id
description: How lively the chat of a live stream was over its last 20 minutes.
owner: feed-ranking
every: 1 hour
consumers: [home_feed_ranker, live_now_shelf]
examples:
  - name: a message exactly 20 minutes old counts, one dated now does not
    as_of: "2026-03-01T20:00:00"
    events:
      chats:
        - { chat_id: c1, stream_id: s1, user_id: 7, body: hi, sent_at: "2026-03-01T19:40:00", ingested_at: "2026-03-01T19:40:01" }
        - { chat_id: c2, stream_id: s1, user_id: 7, body: wow, sent_at: "2026-03-01T19:55:00", ingested_at: "2026-03-01T19:55:01" }
        - { chat_id: c2, stream_id: s1, user_id: 7, body: wow, sent_at: "2026-03-01T19:55:00", ingested_at: "2026-03-01T19:55:09" }
        - { chat_id: c3, stream_id: s1, user_id: 8, body: mine, sent_at: "2026-03-01T20:00:00", ingested_at: "2026-03-01T20:00:01" }
    expect: { stream_id: s1, chats_20m: 2, chatters_20m: 1, chats_5m: 1 }
  - name: a silent stream
    as_of: "2026-03-01T20:00:00"
    events: { chats: [] }
    expect: { stream_id: s2, chats_20m: 0, chatters_20m: 0, chats_5m: 0 }
---*/
SELECT
  stream_id,
  COUNT(*)                                              AS chats_20m,
  COUNT(DISTINCT user_id)                               AS chatters_20m,
  COUNT_IF(sent_at >= as_of() - INTERVAL '5 minutes')   AS chats_5m
FROM chats
WHERE sent_at >= as_of() - INTERVAL '20 minutes'
GROUP BY stream_id
