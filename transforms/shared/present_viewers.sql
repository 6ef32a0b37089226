{{!-- Who watches a stream now: players send a heartbeat every 60 seconds, and one may be lost or late. --}}
present_viewers AS (
  SELECT DISTINCT stream_id, user_id
  FROM views
  WHERE watched_at >= as_of() - INTERVAL '90 seconds'
    AND user_id IS NOT NULL
)
