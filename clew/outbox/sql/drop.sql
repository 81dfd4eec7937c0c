-- Forget an event for good.
DELETE FROM events WHERE seq = :seq;
