-- name: by_version
SELECT id, fields_id, run_id FROM dataset_version WHERE version = :version

-- name: add
INSERT INTO dataset_version (uuid, version, dataset_id, run_id, created_at, schema_uuid, fields_id, schema_location, lifecycle_state)
VALUES (:uuid, :version, :dataset_id, :run_id, :at, :schema_uuid, :fields_id, :schema_location, :lifecycle_state)
ON CONFLICT DO NOTHING

-- name: set_writer
UPDATE dataset_version SET run_id = :run_id WHERE id = :id

-- name: add_field
INSERT INTO version_field (version_id, field_id)
SELECT :version_id, id FROM field WHERE dataset_id = :dataset_id AND name = :name AND ifnull(type, '') = ifnull(:type, '')
ON CONFLICT DO NOTHING

-- name: added_fields
SELECT f.version_id, f.field_id FROM json_each(:versions) w JOIN version_field f ON f.version_id = w.value

-- name: set_edges
UPDATE dataset_version SET edges_id = :edges_id WHERE id = :version_id

-- name: edges_id
SELECT edges_id FROM dataset_version WHERE id = :version_id

-- name: edges
SELECT v.edges_id, c.json FROM dataset_version v JOIN content c ON c.id = v.edges_id WHERE v.id = :version_id

-- name: put_facet
INSERT INTO version_facet (version_id, name, event_time, content_id) VALUES (:version_id, :name, :event_time, :content_id)
ON CONFLICT (version_id, name) DO UPDATE SET event_time = excluded.event_time, content_id = excluded.content_id
WHERE excluded.event_time >= event_time

-- name: facets
SELECT f.name, c.json FROM version_facet f JOIN content c ON c.id = f.content_id WHERE f.version_id = :version_id

-- name: facets_of_versions
SELECT f.version_id, f.name, c.json FROM json_each(:versions) w JOIN version_facet f ON f.version_id = w.value
JOIN content c ON c.id = f.content_id

-- name: facets_of_output
SELECT f.name, c.json FROM run_dataset_facet f JOIN content c ON c.id = f.content_id
WHERE f.run_id = :run_id AND f.version_id = :version_id AND f.io = 'OUTPUT'

-- name: outputs_of_run
SELECT v.id, v.dataset_id, v.fields_id, v.version, s.name AS namespace, d.name FROM dataset_version v
JOIN dataset d ON d.id = v.dataset_id JOIN namespace s ON s.id = d.namespace_id
WHERE v.run_id = :run_id ORDER BY v.id

-- name: inputs_of_run
SELECT v.id, v.dataset_id, v.version, s.name AS namespace, d.name FROM run_input i
JOIN dataset_version v ON v.id = i.version_id JOIN dataset d ON d.id = v.dataset_id JOIN namespace s ON s.id = d.namespace_id
WHERE i.run_id = :run_id ORDER BY v.id

-- name: named
SELECT v.id, v.version, v.dataset_id FROM json_each(:versions) w JOIN dataset_version v ON v.id = w.value

-- name: of_dataset
SELECT v.*, c.json AS fields FROM dataset_version v LEFT JOIN content c ON c.id = v.fields_id
WHERE v.dataset_id = :dataset_id ORDER BY v.created_at DESC, v.id DESC LIMIT :limit OFFSET :offset

-- name: count
SELECT count(*) FROM dataset_version WHERE dataset_id = :dataset_id

-- name: one
SELECT v.*, c.json AS fields FROM dataset_version v LEFT JOIN content c ON c.id = v.fields_id
WHERE v.uuid = :version OR v.version = :version
