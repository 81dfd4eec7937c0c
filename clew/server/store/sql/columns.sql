-- name: shown
SELECT d.edges_version_id AS shown_version_id, d.edges_id AS shown_id, v.edges_id
FROM dataset d JOIN dataset_version v ON v.id = :version_id WHERE d.id = :dataset_id

-- name: clear
DELETE FROM column_edge WHERE dataset_id = :dataset_id

-- name: put
INSERT INTO column_edge (dataset_id, field, input_dataset_id, input_field, description, type)
VALUES (:dataset_id, :field, :input_dataset_id, :input_field, :description, :type)

-- name: inputs_of_run
SELECT s.name AS namespace, n.name, v.dataset_id, (SELECT count(*) FROM field WHERE dataset_id = v.dataset_id) AS columns FROM run_input i JOIN dataset_version v ON v.id = i.version_id
JOIN dataset_name n ON n.dataset_id = v.dataset_id JOIN namespace s ON s.id = n.namespace_id WHERE i.run_id = :run_id

-- name: last
SELECT followed, edges_id FROM last_edges WHERE dataset_id = :dataset_id

-- name: put_last
INSERT INTO last_edges (dataset_id, followed, edges_id) VALUES (:dataset_id, :followed, :edges_id)
ON CONFLICT (dataset_id) DO UPDATE SET followed = excluded.followed, edges_id = excluded.edges_id

-- name: upstream
SELECT e.dataset_id, e.field, e.input_dataset_id, e.input_field, e.description, e.type, o.edges_version_id AS version_id FROM column_edge e JOIN dataset o ON o.id = e.dataset_id JOIN dataset i ON i.id = e.input_dataset_id
WHERE e.dataset_id = :dataset_id AND e.field = :field AND o.hidden = 0 AND i.hidden = 0

-- name: downstream
SELECT e.dataset_id, e.field, e.input_dataset_id, e.input_field, e.description, e.type, o.edges_version_id AS version_id FROM column_edge e JOIN dataset o ON o.id = e.dataset_id JOIN dataset i ON i.id = e.input_dataset_id
WHERE e.input_dataset_id = :dataset_id AND e.input_field = :field AND o.hidden = 0 AND i.hidden = 0

-- name: version
SELECT v.dataset_id, d.hidden FROM dataset_version v JOIN dataset d ON d.id = v.dataset_id WHERE v.id = :version_id

-- name: version_that_was_read
-- CROSS JOIN keeps this order: what one run read is little, the versions of a dataset are many.
SELECT r.id FROM dataset_version v CROSS JOIN run_input i ON i.run_id = v.run_id CROSS JOIN dataset_version r ON r.id = i.version_id
WHERE v.id = :version_id AND r.dataset_id = :input_dataset_id ORDER BY r.id DESC LIMIT 1

-- name: version_of_dataset
SELECT CASE WHEN v.run_id IS NOT NULL THEN v.id ELSE ifnull((
  SELECT w.id FROM dataset_version w WHERE w.dataset_id = v.dataset_id AND w.created_at <= v.created_at AND w.run_id IS NOT NULL
  ORDER BY w.created_at DESC, w.id DESC LIMIT 1), v.id) END AS id
FROM dataset_version v WHERE v.uuid = :uuid AND v.dataset_id = :id

-- name: versions_written_by_job_version
SELECT v.id FROM job_version j JOIN dataset_version v ON v.run_id = j.latest_run_id WHERE j.uuid = :uuid AND j.job_id = :id

-- name: fields_of_dataset
SELECT DISTINCT name FROM field WHERE dataset_id = :dataset_id

-- name: fields_written_by_job
SELECT DISTINCT f.dataset_id, f.name FROM dataset_version v JOIN field f ON f.dataset_id = v.dataset_id
WHERE v.run_id = (SELECT id FROM run WHERE job_id = :job_id ORDER BY started_at DESC, id DESC LIMIT 1)

-- name: type_of_field
SELECT type FROM field WHERE dataset_id = :dataset_id AND name = :name ORDER BY seen DESC, position LIMIT 1

-- name: dataset
SELECT d.id, s.name AS namespace, d.name FROM dataset d JOIN namespace s ON s.id = d.namespace_id WHERE d.id = :id

-- name: version_uuid
SELECT uuid FROM dataset_version WHERE id = :id
