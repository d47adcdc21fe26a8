-- ledger_schema: one row a table, index, view or trigger: type, name, sql (NULL for none).
SELECT type, name, sql FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*' ORDER BY type, name
