-- What `clew store retain` keeps of a store. `keep` has the runs; `core` marks those that are kept for their own sake.

-- name: keep
CREATE TEMP TABLE keep (run_id INTEGER PRIMARY KEY, core INTEGER NOT NULL)

-- name: entry
CREATE TEMP TABLE entry (number INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, completes INTEGER NOT NULL)

-- name: put_entry
INSERT INTO entry SELECT :number, id, :completes FROM run WHERE uuid = :uuid

-- name: arrival
CREATE TEMP TABLE arrival (run_id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, completed INTEGER)

-- name: put_arrivals
INSERT INTO arrival SELECT run_id, min(number), max(number), max(iif(completes, number, NULL)) FROM entry GROUP BY run_id

-- name: recent
INSERT OR IGNORE INTO keep SELECT id, 1 FROM run WHERE updated_at >= :before

-- name: last_of_each_job
INSERT OR IGNORE INTO keep
SELECT (SELECT r.id FROM run r WHERE r.job_id = j.id AND r.state = s.state ORDER BY r.transitioned_at DESC, r.started_at DESC, r.id DESC LIMIT 1), 1
FROM job j JOIN (SELECT 'COMPLETED' AS state UNION SELECT 'FAILED') s
WHERE EXISTS (SELECT 1 FROM run r WHERE r.job_id = j.id AND r.state = s.state)

-- name: shown_by_each_job
INSERT OR IGNORE INTO keep SELECT latest_run_id, 1 FROM job WHERE latest_run_id IS NOT NULL

-- name: edges_of_each_job
INSERT OR IGNORE INTO keep
SELECT id, 0 FROM (
  SELECT (SELECT r.id FROM run r WHERE r.job_id = j.id AND EXISTS (SELECT 1 FROM job_version_io x WHERE x.version_id = r.version_id)
          ORDER BY r.transitioned_at DESC, r.started_at DESC, r.id DESC LIMIT 1) AS id FROM job j)
WHERE id IS NOT NULL

-- name: one
INSERT OR IGNORE INTO keep SELECT id, 0 FROM run WHERE uuid = :uuid

-- A version that nobody wrote came with the first run that read it.
-- name: writers_of_what_was_read
INSERT OR IGNORE INTO keep
SELECT ifnull(v.run_id, (SELECT min(x.run_id) FROM run_input x WHERE x.version_id = v.id)), 0
FROM keep k JOIN run_input i ON i.run_id = k.run_id JOIN dataset_version v ON v.id = i.version_id WHERE k.core

-- name: parents
INSERT OR IGNORE INTO keep
SELECT p.id, 0 FROM keep k JOIN run r ON r.id = k.run_id JOIN run p ON p.uuid = r.parent_uuid

-- name: writers_of_what_is_current
INSERT OR IGNORE INTO keep
SELECT w.run_id, 0 FROM (
  SELECT v.dataset_id FROM keep k JOIN dataset_version v ON v.run_id = k.run_id
  UNION SELECT v.dataset_id FROM keep k JOIN run_input i ON i.run_id = k.run_id JOIN dataset_version v ON v.id = i.version_id) t
JOIN dataset d ON d.id = t.dataset_id JOIN dataset_version w ON w.id = d.current_version_id
WHERE w.run_id IS NOT NULL

-- name: writers_that_an_older_one_would_stand_for
INSERT OR IGNORE INTO keep
SELECT v.run_id, 0 FROM keep k JOIN arrival r ON r.run_id = k.run_id JOIN run_input i ON i.run_id = k.run_id
JOIN dataset_version v ON v.id = i.version_id JOIN arrival w ON w.run_id = v.run_id
WHERE v.run_id <> k.run_id AND EXISTS (
  SELECT 1 FROM dataset_version e JOIN keep m ON m.run_id = e.run_id JOIN arrival a ON a.run_id = e.run_id
  WHERE e.dataset_id = v.dataset_id AND a.completed < ifnull(w.completed, r.last))

-- A run that reads and writes a dataset of which nothing is known yet makes its own version the current one as soon as it starts.
-- Where the reader writes the dataset, too, an older one may stand in: a table that its own job reads would keep its whole history.
-- name: writers_that_a_starting_one_would_stand_for
INSERT OR IGNORE INTO keep
SELECT w.run_id, 0
FROM keep k JOIN arrival r ON r.run_id = k.run_id JOIN run_input i ON i.run_id = k.run_id JOIN dataset_version v ON v.id = i.version_id
JOIN arrival w ON w.run_id = ifnull(v.run_id, (SELECT min(x.run_id) FROM run_input x WHERE x.version_id = v.id))
WHERE EXISTS (
  SELECT 1 FROM dataset_version e JOIN keep m ON m.run_id = e.run_id JOIN arrival a ON a.run_id = e.run_id
  WHERE e.dataset_id = v.dataset_id AND e.id <> v.id AND e.run_id <> k.run_id AND a.first < r.last
  AND (a.first > w.first OR NOT EXISTS (SELECT 1 FROM dataset_version o WHERE o.run_id = k.run_id AND o.dataset_id = v.dataset_id))
  AND EXISTS (SELECT 1 FROM run_input y JOIN dataset_version z ON z.id = y.version_id WHERE y.run_id = e.run_id AND z.dataset_id = e.dataset_id))

-- name: going
SELECT number FROM entry WHERE run_id NOT IN (SELECT run_id FROM keep)

-- name: descriptions
SELECT id FROM event WHERE kind IN ('JOB', 'DATASET') ORDER BY id

-- name: count
SELECT (SELECT count(*) FROM keep) AS kept, (SELECT count(*) FROM run) AS runs

-- name: job_of_run
SELECT s.name AS namespace, j.name FROM run r JOIN job j ON j.id = r.job_id JOIN namespace s ON s.id = j.namespace_id WHERE r.uuid = :uuid
