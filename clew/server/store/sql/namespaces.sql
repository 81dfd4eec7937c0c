-- name: by_name
SELECT * FROM namespace WHERE name = :name

-- name: page
SELECT * FROM namespace ORDER BY name LIMIT :limit OFFSET :offset

-- name: add
INSERT INTO namespace (name, created_at, updated_at, owner, description) VALUES (:name, :at, :at, :owner, :description)

-- name: show
UPDATE namespace SET hidden = 0 WHERE id = :id

-- name: hide
UPDATE namespace SET hidden = 1 WHERE id = :id

-- name: hide_datasets
UPDATE dataset SET hidden = 1 WHERE id IN (SELECT dataset_id FROM dataset_name WHERE namespace_id = :id AND is_primary = 1)

-- name: hide_jobs
UPDATE job SET hidden = 1 WHERE namespace_id = :id

-- name: describe
UPDATE namespace SET updated_at = :at, owner = :owner, description = coalesce(:description, description), hidden = 0 WHERE id = :id
