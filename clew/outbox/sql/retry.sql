-- Let a refused event wait again, behind all that was appended since: its place in the order was given away.
INSERT INTO events (state, type, run, namespace, name, parent_run, appended_at, body)
SELECT 'waiting', type, run, namespace, name, parent_run, appended_at, body FROM events WHERE seq = :seq AND state = 'refused';
