-- Measure what is known.
SELECT coalesce(sum(length(value)), 0) FROM known;
