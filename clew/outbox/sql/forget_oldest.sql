-- Forget the eighth that was touched longest ago, runs that have ended before all others.
DELETE FROM known
WHERE rowid IN (
    SELECT rowid FROM known ORDER BY over DESC, touched_at LIMIT (SELECT count(*) / 8 + 1 FROM known)
);
