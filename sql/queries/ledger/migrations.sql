-- ledger_migrations: one row an applied migration: number, name, sha256. Number 0 is the views.
SELECT number, name, sha256 FROM migration ORDER BY number
