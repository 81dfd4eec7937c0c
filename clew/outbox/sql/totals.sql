-- Count the events of each state and find the oldest.
SELECT state, count(*), min(appended_at) FROM events GROUP BY state;
