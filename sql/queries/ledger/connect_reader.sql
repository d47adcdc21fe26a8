-- ledger_connect_reader: run by every reader; returns nothing.
PRAGMA query_only = ON;
PRAGMA trusted_schema = OFF;
