-- merge_attach: opens the copy of another ledger beside this one, as "other"; returns nothing.
ATTACH :file AS other
