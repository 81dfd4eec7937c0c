-- name: by_name
SELECT * FROM (
  SELECT 'DATASET' AS type, n.name, d.updated_at, s.name AS namespace
  FROM dataset_name n JOIN dataset d ON d.id = n.dataset_id JOIN namespace s ON s.id = n.namespace_id
  WHERE d.hidden = 0 AND instr(lower(n.name), lower(:query)) > 0
  UNION ALL
  SELECT 'JOB', j.name, j.updated_at, s.name FROM job j JOIN namespace s ON s.id = j.namespace_id
  WHERE j.hidden = 0 AND j.id IN (SELECT id FROM job WHERE instr(lower(name), lower(:query)) > 0))
WHERE (:type IS NULL OR type = :type) AND (:namespace IS NULL OR namespace = :namespace)
  AND (:before IS NULL OR updated_at < :before) AND (:after IS NULL OR updated_at > :after)
ORDER BY iif(:by_update, updated_at, 0), name, type, namespace LIMIT :limit
