-- ledger_commit: returns nothing.
COMMIT
