-- ledger_rollback: returns nothing.
ROLLBACK
