-- name: in_namespace
SELECT j.id, j.location, j.created_at, j.parent_id, j.latest_run_id, r.uuid AS latest_run, ifnull(r.transitioned_at, 0) AS changed_at, ifnull(r.started_at, 0) AS started_at
FROM job j LEFT JOIN run r ON r.id = j.latest_run_id WHERE j.namespace_id = :namespace_id AND j.name = :name

-- name: by_name
SELECT j.* FROM namespace s JOIN job j ON j.namespace_id = s.id WHERE s.name = :namespace AND j.name = :name AND j.hidden = 0

-- name: full
SELECT j.*, s.name AS namespace, p.name AS parent_name, p.uuid AS parent_uuid, v.uuid AS current_version
FROM namespace s JOIN job j ON j.namespace_id = s.id LEFT JOIN job p ON p.id = j.parent_id
LEFT JOIN job_version v ON v.id = j.current_version_id
WHERE s.name = :namespace AND j.name = :name AND j.hidden = 0

-- name: of_run
SELECT j.id, j.name, s.name AS namespace FROM run r JOIN job j ON j.id = r.job_id JOIN namespace s ON s.id = j.namespace_id
WHERE r.uuid = :run AND j.hidden = 0

-- name: by_id
SELECT * FROM job WHERE id = :id

-- name: add
INSERT INTO job (uuid, namespace_id, name, simple_name, parent_id, type, created_at, updated_at, description, location, current_inputs)
VALUES (:uuid, :namespace_id, :name, :simple_name, :parent_id, :type, :at, :at, :description, :location, :current_inputs)

-- name: see
UPDATE job SET
  updated_at = :updated_at, simple_name = :simple_name, type = :type, description = coalesce(:description, description),
  location = coalesce(:location, location), current_inputs = :current_inputs, hidden = 0
WHERE id = :id

-- name: change
UPDATE job SET
  updated_at = :updated_at, simple_name = :simple_name, type = :type, description = coalesce(:description, description),
  location = coalesce(:location, location), current_inputs = :current_inputs, hidden = 0, latest_run_id = coalesce(:latest_run_id, latest_run_id),
  state = coalesce(:state, state), rank = coalesce(:rank, rank), current_version_id = coalesce(:version_id, current_version_id)
WHERE id = :id

-- name: set_parent
UPDATE job SET parent_id = :parent_id WHERE id = :id

-- name: point_to_run
UPDATE job SET latest_run_id = :run_id, state = :state, rank = :rank
WHERE id = :id AND NOT EXISTS (
  SELECT 1 FROM run r WHERE r.id = latest_run_id AND r.id <> :run_id
  AND (ifnull(r.transitioned_at, 0), ifnull(r.started_at, 0)) > (ifnull(:transitioned_at, 0), ifnull(:started_at, 0)))

-- name: end
UPDATE job SET current_version_id = :version_id, updated_at = :at WHERE id = :id

-- name: hide
UPDATE job SET hidden = 1 WHERE id = :id

-- name: version_exists
SELECT id FROM job_version WHERE version = :version

-- name: add_version
INSERT INTO job_version (uuid, version, job_id, created_at, location, latest_run_id)
VALUES (:uuid, :version, :job_id, :at, :location, :run_id)

-- name: set_version_run
UPDATE job_version SET latest_run_id = :run_id WHERE id = :id

-- name: add_version_io
INSERT INTO job_version_io (version_id, io, dataset_id) VALUES (:version_id, :io, :dataset_id) ON CONFLICT DO NOTHING

-- name: edges_now
SELECT io, dataset_id FROM job_io WHERE job_id = :job_id

-- name: clear_edges_of
DELETE FROM job_io WHERE job_id = :job_id AND io = :io

-- name: add_edge
INSERT INTO job_io (job_id, io, dataset_id) VALUES (:job_id, :io, :dataset_id) ON CONFLICT DO NOTHING

-- name: edges
SELECT e.io, s.name AS namespace, n.name FROM job_io e JOIN dataset d ON d.id = e.dataset_id
JOIN dataset_name n ON n.dataset_id = d.id JOIN namespace s ON s.id = n.namespace_id WHERE e.job_id = :job_id AND d.hidden = 0

-- name: put_version_facet
INSERT INTO job_version_facet (version_id, name, event_time, content_id) VALUES (:version_id, :name, :event_time, :content_id)
ON CONFLICT (version_id, name) DO UPDATE SET event_time = excluded.event_time, content_id = excluded.content_id
WHERE excluded.event_time >= event_time

-- name: put_version_facets_of_run
INSERT INTO job_version_facet (version_id, name, event_time, content_id)
SELECT :version_id, name, event_time, content_id FROM run_facet WHERE run_id = :run_id AND subject = 'JOB'
ON CONFLICT (version_id, name) DO UPDATE SET event_time = excluded.event_time, content_id = excluded.content_id
WHERE excluded.event_time >= event_time

-- name: version_facets
SELECT f.name, c.json FROM job_version_facet f JOIN content c ON c.id = f.content_id WHERE f.version_id = :version_id

-- name: facets_of_latest_runs
SELECT v.id AS version_id, f.name, c.json FROM json_each(:versions) w JOIN job_version v ON v.id = w.value
JOIN run_facet f ON f.run_id = v.latest_run_id JOIN content c ON c.id = f.content_id WHERE f.subject = 'JOB'

-- name: versions
SELECT * FROM job_version WHERE job_id = :job_id ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :offset

-- name: version
SELECT * FROM job_version WHERE job_id = :job_id AND (version = :version OR uuid = :version)

-- name: version_io
SELECT i.io, s.name AS namespace, n.name FROM job_version_io i JOIN dataset d ON d.id = i.dataset_id
JOIN dataset_name n ON n.dataset_id = d.id JOIN namespace s ON s.id = n.namespace_id WHERE i.version_id = :version_id AND d.hidden = 0

-- name: page
SELECT j.*, s.name AS namespace, p.name AS parent_name, p.uuid AS parent_uuid, v.uuid AS current_version
FROM job j JOIN namespace s ON s.id = j.namespace_id LEFT JOIN job p ON p.id = j.parent_id
LEFT JOIN job_version v ON v.id = j.current_version_id
WHERE j.hidden = 0 AND (j.state IS NULL OR j.state IN (SELECT value FROM json_each(:states)))
ORDER BY j.updated_at DESC, j.rank, j.id LIMIT :limit OFFSET :offset

-- name: page_of_namespace
SELECT j.*, s.name AS namespace, p.name AS parent_name, p.uuid AS parent_uuid, v.uuid AS current_version
FROM namespace s JOIN job j ON j.namespace_id = s.id LEFT JOIN job p ON p.id = j.parent_id
LEFT JOIN job_version v ON v.id = j.current_version_id
WHERE s.name = :namespace AND j.hidden = 0 AND (j.state IS NULL OR j.state IN (SELECT value FROM json_each(:states)))
ORDER BY j.updated_at DESC, j.rank, j.id LIMIT :limit OFFSET :offset

-- name: forget_latest_run
UPDATE job SET latest_run_id = NULL, state = NULL WHERE id = :id

-- name: count
SELECT count(*) FROM job WHERE hidden = 0

-- name: count_in_namespace
SELECT count(*) FROM namespace s JOIN job j ON j.namespace_id = s.id WHERE s.name = :namespace AND j.hidden = 0

-- name: tags
SELECT t.job_id, t.tag FROM json_each(:jobs) w JOIN job_tag t ON t.job_id = w.value ORDER BY t.id

-- name: add_tag
INSERT INTO job_tag (job_id, tag, told) VALUES (:job_id, :tag, :told) ON CONFLICT DO NOTHING

-- name: remove_tag
DELETE FROM job_tag WHERE job_id = :job_id AND tag = :tag

-- name: forget_told_tags
DELETE FROM job_tag WHERE job_id = :job_id AND told = 1
