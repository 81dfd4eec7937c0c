-- Read one waiting event to send it.
SELECT body, attempts FROM events WHERE seq = :seq AND state = 'waiting';
