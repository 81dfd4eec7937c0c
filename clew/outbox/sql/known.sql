-- Read what is known of a job, a run or a dataset.
SELECT value FROM known WHERE kind = :kind AND namespace = :namespace AND name = :name;
