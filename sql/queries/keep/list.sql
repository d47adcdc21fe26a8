-- keep_list: one row a saved query: name, sql.
SELECT name, sql FROM saved_query ORDER BY name
