-- ledger_free: 1 row: bytes of the file that hold nothing.
SELECT freelist_count * page_size AS bytes FROM pragma_freelist_count, pragma_page_size
