-- Count deliveries, for people.
UPDATE lease SET delivered = delivered + :count WHERE id = 1;
