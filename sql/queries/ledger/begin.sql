-- ledger_begin: takes the write lock at once, so that a transaction cannot fail half way for want
-- of it; returns nothing.
BEGIN IMMEDIATE
