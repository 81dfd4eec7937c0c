-- name: by_digest
SELECT id FROM content WHERE digest = :digest

-- name: add
INSERT INTO content (digest, json) VALUES (:digest, :json)

-- name: json
SELECT json FROM content WHERE id = :id

-- name: many
SELECT c.id, c.json FROM json_each(:contents) w JOIN content c ON c.id = w.value
