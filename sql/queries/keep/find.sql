-- keep_find: 1 row, or none: sql, of the query that was saved under a name.
SELECT sql FROM saved_query WHERE name = :name
