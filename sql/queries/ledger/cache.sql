-- ledger_cache: run once a ledger is open; returns nothing. KiB, at most: a view reads the same pages
-- again and again, and those of a large ledger lie far apart.
PRAGMA cache_size = -65536
