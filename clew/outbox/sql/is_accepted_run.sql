-- Tell whether anything of a run was accepted before, delivered or not.
SELECT
    EXISTS (SELECT 1 FROM events WHERE run = :run)
    OR EXISTS (SELECT 1 FROM known WHERE kind = 'run' AND namespace = '' AND name = :run);
