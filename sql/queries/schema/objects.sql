-- schema_objects: one row a view or table, views first: name, kind.
SELECT name, type AS kind
FROM pragma_table_list
WHERE schema = 'main' AND name NOT GLOB 'sqlite_*'
ORDER BY type DESC, name
