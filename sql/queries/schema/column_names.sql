-- schema_column_names: one row a name that a column of some view or table has: name.
SELECT DISTINCT c.name
FROM pragma_table_list t
JOIN pragma_table_xinfo(t.name) c
WHERE t.schema = 'main' AND t.name NOT GLOB 'sqlite_*'
ORDER BY c.name
