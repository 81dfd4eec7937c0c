-- Store what is now known of a job, a run or a dataset.
REPLACE INTO known (kind, namespace, name, value, over, touched_at) VALUES (:kind, :namespace, :name, :value, :over, :now);
