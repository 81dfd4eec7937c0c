-- name: add
INSERT INTO event (received_at, event_time, kind, type, body) VALUES (:received_at, :event_time, :kind, :type, :body)

-- name: newest_first
SELECT body FROM event WHERE kind = 'RUN' AND event_time >= :after AND event_time < :before
ORDER BY event_time DESC, id LIMIT :limit OFFSET :offset

-- name: oldest_first
SELECT body FROM event WHERE kind = 'RUN' AND event_time >= :after AND event_time < :before
ORDER BY event_time, id LIMIT :limit OFFSET :offset

-- name: add_to_day
INSERT INTO event_day (day, events) VALUES (:day, :events) ON CONFLICT (day) DO UPDATE SET events = events + excluded.events

-- name: count_of_days
SELECT ifnull(sum(events), 0) FROM event_day WHERE day > :first AND day < :last

-- name: count
SELECT count(*) FROM event WHERE kind IN ('RUN', 'JOB', 'DATASET') AND event_time >= :after AND event_time < :before
