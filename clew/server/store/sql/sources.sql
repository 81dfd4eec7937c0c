-- name: by_name
SELECT * FROM source WHERE name = :name

-- name: page
SELECT * FROM source ORDER BY name LIMIT :limit OFFSET :offset

-- name: put
INSERT INTO source (name, type, created_at, updated_at, connection_url, description)
VALUES (:name, :type, :at, :at, :connection_url, :description)
ON CONFLICT (name) DO UPDATE SET
  type = excluded.type, updated_at = excluded.updated_at, connection_url = excluded.connection_url,
  description = coalesce(excluded.description, description)
RETURNING id

-- name: see
UPDATE source SET updated_at = :at WHERE id = :id

-- name: put_unless_there
INSERT INTO source (name, type, created_at, updated_at, connection_url) VALUES (:name, :type, :at, :at, '')
ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at
RETURNING id
