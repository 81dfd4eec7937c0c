-- A page of events says how many there are in all; counting a million for it took a tenth of a second.
CREATE TABLE event_day (
  day INTEGER PRIMARY KEY,
  events INTEGER NOT NULL
) STRICT;
INSERT INTO event_day (day, events)
SELECT (event_time + 62135596800000000) / 86400000000, count(*) FROM event WHERE kind <> 'CHANGE' GROUP BY 1;
