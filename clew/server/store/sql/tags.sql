-- name: page
SELECT name, description FROM tag ORDER BY id LIMIT :limit OFFSET :offset

-- name: put
INSERT INTO tag (name, description) VALUES (:name, :description)
ON CONFLICT (name) DO UPDATE SET description = coalesce(excluded.description, description)
RETURNING description

-- name: put_unless_there
INSERT INTO tag (name) VALUES (:name) ON CONFLICT DO NOTHING
