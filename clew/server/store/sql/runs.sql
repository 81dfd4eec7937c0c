-- name: by_uuid
SELECT * FROM run WHERE uuid = :uuid

-- name: add
INSERT INTO run (uuid, job_id, parent_uuid, created_at, updated_at, state, transitioned_at, started_at, start_known, ended_at,
  nominal_start, nominal_end, args, location, inferred)
VALUES (:uuid, :job_id, :parent_uuid, :at, :updated_at, :state, :transitioned_at, :started_at, :start_known, :ended_at,
  :nominal_start, :nominal_end, :args, :location, :inferred)

-- name: change
UPDATE run SET
  updated_at = :updated_at, state = :state, transitioned_at = :transitioned_at, start_known = :start_known, ended_at = :ended_at,
  nominal_start = coalesce(:nominal_start, nominal_start), nominal_end = coalesce(:nominal_end, nominal_end),
  location = coalesce(:location, location), inferred = :inferred
WHERE id = :id

-- name: set_origin
UPDATE run SET started_at = :started_at, parent_uuid = :parent_uuid WHERE id = :id

-- name: set_progress
UPDATE run SET
  updated_at = :updated_at, state = :state, transitioned_at = :transitioned_at, started_at = :started_at, start_known = :start_known,
  ended_at = :ended_at, inferred = :inferred
WHERE id = :id

-- name: link_version
UPDATE run SET version_id = :version_id WHERE id = :id

-- name: add_input
INSERT INTO run_input (run_id, version_id) VALUES (:run_id, :version_id) ON CONFLICT DO NOTHING

-- name: put_facet
INSERT INTO run_facet (run_id, subject, name, event_time, content_id) VALUES (:run_id, :subject, :name, :event_time, :content_id)
ON CONFLICT (run_id, subject, name) DO UPDATE SET event_time = excluded.event_time, content_id = excluded.content_id
WHERE excluded.event_time >= event_time

-- name: put_dataset_facet
INSERT INTO run_dataset_facet (run_id, version_id, io, name, content_id) VALUES (:run_id, :version_id, :io, :name, :content_id)
ON CONFLICT (run_id, version_id, io, name) DO UPDATE SET content_id = excluded.content_id

-- name: facets
SELECT f.name, c.json FROM run_facet f JOIN content c ON c.id = f.content_id WHERE f.run_id = :run_id AND f.subject = :subject

-- name: full
SELECT r.*, j.name AS job_name, s.name AS namespace, v.version AS job_version FROM run r JOIN job j ON j.id = r.job_id
JOIN namespace s ON s.id = j.namespace_id LEFT JOIN job_version v ON v.id = r.version_id WHERE r.uuid = :uuid

-- All that answers show of runs, or its ids: what changes this changes how a run looks, and nothing else does. A job version shows what
-- was said of its job (subject JOB), and of no datasets.
-- name: shown
SELECT r.id, json_array(
  (SELECT json_group_array(version_id) FROM run_input WHERE run_id = r.id),
  (SELECT json_group_array(id) FROM dataset_version WHERE run_id = r.id),
  (SELECT json_group_object(name, content_id) FROM run_facet WHERE run_id = r.id AND subject = :subject),
  (SELECT json_group_array(json_array(io, version_id, name, content_id)) FROM run_dataset_facet WHERE run_id = r.id AND :subject = 'RUN'),
  r.uuid, r.created_at, r.updated_at, r.nominal_start, r.nominal_end, r.state, r.started_at, r.ended_at, r.args, r.version_id)
FROM json_each(:runs) w JOIN run r ON r.id = w.value

-- name: job_versions
SELECT v.id, s.name, j.name, v.version FROM json_each(:versions) w JOIN job_version v ON v.id = w.value
JOIN job j ON j.id = v.job_id JOIN namespace s ON s.id = j.namespace_id

-- name: latest
SELECT w.value, (SELECT json_group_array(id) FROM (
  SELECT id FROM run WHERE job_id = w.value ORDER BY transitioned_at DESC, started_at DESC, id DESC LIMIT :limit))
FROM json_each(:jobs) w

-- name: last
SELECT id, uuid, state FROM run WHERE job_id = :job_id ORDER BY transitioned_at DESC, started_at DESC, id DESC LIMIT 1

-- name: page
SELECT id FROM run WHERE job_id = :job_id ORDER BY started_at DESC, id DESC LIMIT :limit OFFSET :offset

-- name: count
SELECT count(*) FROM run WHERE job_id = :job_id
