-- name: page
SELECT id, received_at, event_time, kind, type, body FROM event WHERE id > :after ORDER BY id LIMIT :limit

-- name: size
SELECT count(*) FROM event

-- name: put
INSERT INTO event (id, received_at, event_time, kind, type, body) VALUES (:id, :received_at, :event_time, :kind, :type, :body)
