-- Count the waiting events of each job.
SELECT namespace, name, count(*), min(appended_at), max(reason)
FROM events
WHERE state = 'waiting'
GROUP BY namespace, name
ORDER BY min(seq);
