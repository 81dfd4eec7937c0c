-- List events of a state.
SELECT seq FROM events WHERE state = :state ORDER BY seq;
