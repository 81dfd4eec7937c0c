-- name: clear_current
UPDATE column_edge SET current = 0 WHERE dataset_id = :dataset_id AND current = 1

-- name: mark_current
UPDATE column_edge SET current = 1 WHERE version_id = :version_id

-- name: put
INSERT INTO column_edge (version_id, dataset_id, field, input_dataset_id, input_field, input_version_id, description, type, current)
VALUES (:version_id, :dataset_id, :field, :input_dataset_id, :input_field, :input_version_id, :description, :type, :current)
ON CONFLICT (version_id, field, input_dataset_id, input_field) DO UPDATE SET
  input_version_id = excluded.input_version_id, description = excluded.description, type = excluded.type

-- name: inputs_of_run
SELECT s.name AS namespace, n.name, v.id AS version_id, v.dataset_id FROM run_input i JOIN dataset_version v ON v.id = i.version_id
JOIN dataset_name n ON n.dataset_id = v.dataset_id JOIN namespace s ON s.id = n.namespace_id WHERE i.run_id = :run_id

-- name: made_of
SELECT e.field, s.name AS namespace, d.name AS dataset, e.input_field, e.description, e.type
FROM column_edge e JOIN dataset d ON d.id = e.input_dataset_id JOIN namespace s ON s.id = d.namespace_id
WHERE e.dataset_id = :dataset_id AND e.current = 1 ORDER BY e.field, s.name, d.name, e.input_field

-- name: upstream
SELECT e.* FROM column_edge e JOIN dataset o ON o.id = e.dataset_id JOIN dataset i ON i.id = e.input_dataset_id
WHERE e.dataset_id = :dataset_id AND e.field = :field AND e.current = 1 AND o.hidden = 0 AND i.hidden = 0

-- name: downstream
SELECT e.* FROM column_edge e JOIN dataset o ON o.id = e.dataset_id JOIN dataset i ON i.id = e.input_dataset_id
WHERE e.input_dataset_id = :dataset_id AND e.input_field = :field AND e.current = 1 AND o.hidden = 0 AND i.hidden = 0

-- name: of_version
SELECT e.* FROM column_edge e JOIN dataset i ON i.id = e.input_dataset_id
WHERE e.version_id = :version_id AND e.field = :field AND i.hidden = 0

-- name: fields_of_version
SELECT v.id AS version_id, f.name FROM dataset_version v JOIN version_field m ON m.version_id = v.id JOIN field f ON f.id = m.field_id
WHERE v.uuid = :uuid AND v.dataset_id = :dataset_id

-- name: fields_written_by_job_version
SELECT v.id AS version_id, f.name FROM job_version j JOIN dataset_version v ON v.run_id = j.latest_run_id
JOIN version_field m ON m.version_id = v.id JOIN field f ON f.id = m.field_id WHERE j.uuid = :uuid AND j.job_id = :job_id

-- name: fields_of_dataset
SELECT DISTINCT name FROM field WHERE dataset_id = :dataset_id

-- name: fields_written_by_job
SELECT DISTINCT f.dataset_id, f.name FROM dataset_version v JOIN field f ON f.dataset_id = v.dataset_id WHERE v.run_id = :run_id

-- name: type_of_field
SELECT type FROM field WHERE dataset_id = :dataset_id AND name = :name ORDER BY seen DESC, position LIMIT 1

-- name: dataset
SELECT d.id, s.name AS namespace, d.name FROM dataset d JOIN namespace s ON s.id = d.namespace_id WHERE d.id = :id

-- name: version_uuid
SELECT uuid FROM dataset_version WHERE id = :id
