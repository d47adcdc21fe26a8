-- ledger_views: one row a view: statement, which drops it. A table that a view reads cannot be
-- renamed.
SELECT printf('DROP VIEW "%w"', name) AS statement FROM sqlite_schema WHERE type = 'view'
