-- name: page
SELECT id, received_at, event_time, kind, type, body FROM event WHERE id > :after ORDER BY id LIMIT :limit

-- name: size
SELECT count(*) FROM event WHERE id > :after

-- name: newest
SELECT coalesce(max(id), 0) FROM event

-- name: put
INSERT INTO event (id, received_at, event_time, kind, type, body) VALUES (:id, :received_at, :event_time, :kind, :type, :body)

-- name: bodies_at
SELECT body FROM event WHERE kind IN ('RUN', 'JOB', 'DATASET', 'CHANGE') AND event_time = :event_time

-- name: drop
DELETE FROM event WHERE id = :id
