-- Read what the order needs of the next waiting events.
SELECT seq, type, run, namespace, name, parent_run, due_at, body
FROM events
WHERE state = 'waiting' AND seq > :after
ORDER BY seq
LIMIT :count;
