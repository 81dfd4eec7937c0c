-- Add one event at the end.
INSERT INTO events (state, type, run, namespace, name, parent_run, appended_at, reason, body)
VALUES (:state, :type, :run, :namespace, :name, :parent_run, :appended_at, :reason, :body);
