-- merge_saved_queries_differ: one row a name under which both ledgers keep a query of other text:
-- what, here and there (the texts).
SELECT 'saved query ' || m.name AS what, m.sql AS here, o.sql AS there
FROM main.saved_query m
JOIN other.saved_query o USING (name)
WHERE m.sql <> o.sql
ORDER BY m.name
