-- Keep an event for a later attempt.
UPDATE events SET attempts = :attempts, due_at = :due_at, reason = :reason WHERE seq = :seq AND state = 'waiting';
