-- Renew a lease that is still ours; a file that was put in the place of another has none of ours.
UPDATE lease SET until = :until WHERE id = 1 AND owner = :owner;
