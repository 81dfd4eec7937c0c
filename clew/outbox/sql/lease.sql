-- Read who delivers and how it goes.
SELECT owner, until, delivered, trouble, trouble_since FROM lease WHERE id = 1;
