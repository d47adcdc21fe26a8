-- ledger_migrating: before a migration, outside its transaction; returns nothing. A table that is
-- made again is dropped while others refer to it; ledger_foreign_key_check looks for what is broken.
PRAGMA foreign_keys = OFF;
