-- Forget what was not heard of for long; where it comes back, the backend tells what is known of it.
DELETE FROM known
WHERE
    touched_at < CASE WHEN over THEN :ended_before WHEN kind = 'run' THEN :run_before ELSE :before END
    AND NOT (kind = 'run' AND name IN (SELECT run FROM events));
