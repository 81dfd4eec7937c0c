-- Column lineage was more than half of a store in which each job has run once. The room is given back by `clew store vacuum`.
UPDATE content SET json = packed(json) WHERE length(json) >= 2048;
