-- merge_saved_queries: queries of a name that has none here; returns nothing.
INSERT INTO main.saved_query (name, sql, saved_at)
SELECT name, sql, saved_at FROM other.saved_query
WHERE true
ON CONFLICT DO NOTHING
