-- ledger_vacuum: writes the file anew without its free pages; returns nothing.
VACUUM
