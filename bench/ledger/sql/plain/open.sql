-- plain_open: as the ledger's connect; returns nothing.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE point (series INTEGER, step INTEGER, value REAL);
