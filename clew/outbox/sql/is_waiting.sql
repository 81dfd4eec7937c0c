-- Tell whether anything waits.
SELECT EXISTS (SELECT 1 FROM events WHERE state = 'waiting');
