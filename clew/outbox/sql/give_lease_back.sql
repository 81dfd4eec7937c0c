-- End the lease before its time.
UPDATE lease SET owner = '', until = 0 WHERE id = 1 AND owner = :owner;
