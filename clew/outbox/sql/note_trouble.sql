-- Remember why nothing is accepted, and since when; an empty reason says that all is well.
UPDATE lease SET trouble = :trouble, trouble_since = :since WHERE id = 1;
