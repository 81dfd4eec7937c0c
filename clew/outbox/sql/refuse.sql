-- Put an event aside that the backend will never accept.
UPDATE events SET state = 'refused', attempts = :attempts, reason = :reason WHERE seq = :seq AND state = 'waiting';
