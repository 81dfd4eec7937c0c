-- name: by_digest
SELECT id FROM content WHERE digest = :digest

-- name: add
INSERT INTO content (digest, json) VALUES (:digest, :json)

-- name: json
SELECT json FROM content WHERE id = :id
