-- ledger_snapshot: begins to read the ledger as it is now, whatever is written later; 1 row that
-- nobody reads.
BEGIN;
SELECT count(*) FROM sqlite_schema;
