-- Every event wrote two indexes by time; one that begins with the kind serves the same questions.
DROP INDEX event_by_time;
DROP INDEX run_event_by_time;
CREATE INDEX event_by_kind_and_time ON event (kind, event_time, id, type);
