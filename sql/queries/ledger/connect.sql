-- ledger_connect: run by every writer; returns nothing. WAL lets readers and the launcher work
-- side by side; NORMAL keeps every commit through SIGKILL and loses at most the last ones to a
-- power cut, never the file.
PRAGMA foreign_keys = ON;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA trusted_schema = OFF;
