-- schema_columns: one row a column of a view or table, or of that object alone: object, kind, name,
-- type, key (place in the primary key, 0: not in it), refers (the table whose key it holds, or NULL).
SELECT
    t.name AS object,
    t.type AS kind,
    c.name,
    upper(c.type) AS type,
    c.pk AS key,
    (SELECT f."table" FROM pragma_foreign_key_list(t.name) f WHERE f."from" = c.name) AS refers
FROM pragma_table_list t
JOIN pragma_table_xinfo(t.name) c
WHERE t.schema = 'main' AND t.name NOT GLOB 'sqlite_*' AND (:object IS NULL OR t.name = :object)
ORDER BY t.type DESC, t.name, c.cid
