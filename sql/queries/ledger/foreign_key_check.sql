-- ledger_foreign_key_check: one row a row that refers to one that is not there: table, rowid.
SELECT "table", rowid FROM pragma_foreign_key_check
