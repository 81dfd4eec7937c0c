-- Read what was refused, and why.
SELECT seq, appended_at, type, namespace, name, run, reason FROM events WHERE state = 'refused' ORDER BY seq;
