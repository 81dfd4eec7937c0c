-- name: job_of_dataset
SELECT e.job_id FROM job_io e JOIN job j ON j.id = e.job_id JOIN job_version v ON v.id = j.current_version_id
WHERE e.dataset_id = :dataset_id AND j.hidden = 0 ORDER BY e.io DESC, v.created_at DESC, v.id DESC LIMIT 1

-- name: jobs_of_datasets
SELECT e.job_id FROM json_each(:datasets) w JOIN job_io e ON e.dataset_id = w.value

-- name: jobs
SELECT j.id, j.latest_run_id, s.name, j.name, j.type, j.simple_name, p.name, p.uuid, r.uuid, j.created_at, j.updated_at, j.location, j.description
FROM json_each(:jobs) w JOIN job j ON j.id = w.value JOIN namespace s ON s.id = j.namespace_id
LEFT JOIN job p ON p.id = j.parent_id LEFT JOIN run r ON r.id = j.latest_run_id WHERE j.hidden = 0

-- name: edges
SELECT e.job_id, e.io, e.dataset_id FROM json_each(:jobs) w JOIN job_io e ON e.job_id = w.value

-- name: datasets
SELECT d.id, s.name, d.name, d.type, d.physical_name, o.name, iif(d.described, d.description, NULL), d.created_at, d.updated_at,
  c.json, d.last_modified_at, v.lifecycle_state
FROM json_each(:datasets) w JOIN dataset d ON d.id = w.value JOIN namespace s ON s.id = d.namespace_id JOIN source o ON o.id = d.source_id
LEFT JOIN dataset_version v ON v.id = d.current_version_id LEFT JOIN content c ON c.id = v.fields_id WHERE d.hidden = 0

-- name: upstream_inputs
SELECT v.dataset_id, v.uuid AS version_uuid, v.version, s.name AS namespace, d.name, p.id AS producer_id, p.uuid AS producer
FROM run_input i JOIN dataset_version v ON v.id = i.version_id JOIN dataset d ON d.id = v.dataset_id
JOIN namespace s ON s.id = d.namespace_id LEFT JOIN run p ON p.id = v.run_id WHERE i.run_id = :run_id ORDER BY v.id

-- name: upstream_run
SELECT r.*, j.name AS job_name, s.name AS namespace, v.uuid AS job_version FROM run r JOIN job j ON j.id = r.job_id
JOIN namespace s ON s.id = j.namespace_id LEFT JOIN job_version v ON v.id = r.version_id WHERE r.id = :id
