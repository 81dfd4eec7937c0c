-- Take the lease when it is free, over, or held by one that the lock says is dead.
UPDATE lease SET owner = :owner, until = :until
WHERE id = 1 AND (owner IN ('', :predecessor) OR until < :now);
