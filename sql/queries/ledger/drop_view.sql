-- ledger_drop_view: 1 row: statement, which drops the view of that name.
SELECT printf('DROP VIEW IF EXISTS "%w"', :name) AS statement
