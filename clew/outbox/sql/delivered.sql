-- Forget an event that the backend has accepted.
DELETE FROM events WHERE seq = :seq AND state = 'waiting';
