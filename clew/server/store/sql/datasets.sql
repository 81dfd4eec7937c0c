-- name: by_name
SELECT d.id, d.current_version_id, d.hidden, n.is_primary
FROM namespace s JOIN dataset_name n ON n.namespace_id = s.id JOIN dataset d ON d.id = n.dataset_id
WHERE s.name = :namespace AND n.name = :name

-- name: in_namespace
SELECT d.id, d.description, d.current_version_id, d.columns_id, d.edges_version_id, v.fields_id FROM dataset_name n JOIN dataset d ON d.id = n.dataset_id
LEFT JOIN dataset_version v ON v.id = d.current_version_id WHERE n.namespace_id = :namespace_id AND n.name = :name

-- name: add
INSERT INTO dataset (namespace_id, name, physical_name, type, source_id, created_at, updated_at, description, described, deleted)
VALUES (:namespace_id, :name, :physical_name, :type, :source_id, :at, :at, :description, :description IS NOT NULL, :deleted)

-- name: add_name
INSERT INTO dataset_name (namespace_id, name, dataset_id, is_primary) VALUES (:namespace_id, :name, :dataset_id, :is_primary)
ON CONFLICT DO NOTHING

-- name: see
UPDATE dataset SET
  type = :type, updated_at = :at, physical_name = :physical_name, description = coalesce(:description, description),
  described = :description IS NOT NULL, deleted = :deleted, hidden = 0
WHERE id = :id

-- name: hide
UPDATE dataset SET hidden = 1 WHERE id = :id

-- What an event says of a dataset; NULL where it says nothing.
-- name: change
UPDATE dataset SET
  updated_at = :at, type = coalesce(:type, type), physical_name = coalesce(:physical_name, physical_name),
  description = coalesce(:description, description), described = coalesce(:described, described), deleted = coalesce(:deleted, deleted),
  hidden = coalesce(:hidden, hidden), current_version_id = coalesce(:version_id, current_version_id),
  last_modified_at = coalesce(:modified_at, last_modified_at)
WHERE id = :id

-- name: put_field
INSERT INTO field (dataset_id, name, type, description, seen, position)
VALUES (:dataset_id, :name, :type, :description, :seen, :position)
ON CONFLICT (dataset_id, name, ifnull(type, '')) DO UPDATE SET
  description = excluded.description, seen = excluded.seen, position = excluded.position

-- name: page
SELECT d.*, s.name AS shown_namespace, n.name AS shown_name, n.is_primary, o.name AS source_name, v.uuid AS current_version, v.lifecycle_state, v.schema_location,
  v.fields_id, c.json AS fields, e.json AS edges
FROM namespace s JOIN dataset_name n ON n.namespace_id = s.id JOIN dataset d ON d.id = n.dataset_id JOIN source o ON o.id = d.source_id
LEFT JOIN dataset_version v ON v.id = d.current_version_id LEFT JOIN content c ON c.id = v.fields_id
LEFT JOIN content e ON e.id = d.edges_id
WHERE s.name = :namespace AND d.hidden = 0
ORDER BY n.name LIMIT :limit OFFSET :offset

-- name: full
SELECT d.*, s.name AS shown_namespace, n.name AS shown_name, n.is_primary, o.name AS source_name, v.uuid AS current_version, v.lifecycle_state, v.schema_location,
  v.fields_id, c.json AS fields, e.json AS edges
FROM namespace s JOIN dataset_name n ON n.namespace_id = s.id JOIN dataset d ON d.id = n.dataset_id JOIN source o ON o.id = d.source_id
LEFT JOIN dataset_version v ON v.id = d.current_version_id LEFT JOIN content c ON c.id = v.fields_id
LEFT JOIN content e ON e.id = d.edges_id
WHERE s.name = :namespace AND n.name = :name AND d.hidden = 0

-- name: count
SELECT count(*) FROM namespace s JOIN dataset_name n ON n.namespace_id = s.id JOIN dataset d ON d.id = n.dataset_id
WHERE s.name = :namespace AND d.hidden = 0

-- name: tell_columns
UPDATE dataset SET columns_id = :columns_id WHERE id = :id

-- name: show_edges
UPDATE dataset SET edges_version_id = :version_id, edges_id = :edges_id WHERE id = :id

-- name: fields
SELECT id, name, type, description FROM field WHERE dataset_id = :dataset_id ORDER BY seen, position, id

-- name: has_field
SELECT 1 FROM field WHERE dataset_id = :dataset_id AND name = :name LIMIT 1

-- name: tags
SELECT t.dataset_id, t.tag FROM json_each(:datasets) w JOIN dataset_tag t ON t.dataset_id = w.value ORDER BY t.id

-- name: field_tags
SELECT t.dataset_id, t.field, t.tag FROM json_each(:datasets) w JOIN field_tag t ON t.dataset_id = w.value ORDER BY t.id

-- name: add_tag
INSERT INTO dataset_tag (dataset_id, tag, told) VALUES (:dataset_id, :tag, :told) ON CONFLICT DO NOTHING

-- name: remove_tag
DELETE FROM dataset_tag WHERE dataset_id = :dataset_id AND tag = :tag

-- name: forget_told_tags
DELETE FROM dataset_tag WHERE dataset_id = :dataset_id AND told = 1

-- name: add_field_tag
INSERT INTO field_tag (dataset_id, field, tag, told) VALUES (:dataset_id, :field, :tag, :told) ON CONFLICT DO NOTHING

-- name: remove_field_tag
DELETE FROM field_tag WHERE dataset_id = :dataset_id AND field = :field AND tag = :tag

-- name: forget_told_field_tags
DELETE FROM field_tag WHERE dataset_id = :dataset_id AND told = 1

-- name: names
SELECT d.id, s.name AS namespace, d.name FROM json_each(:datasets) w JOIN dataset d ON d.id = w.value JOIN namespace s ON s.id = d.namespace_id
