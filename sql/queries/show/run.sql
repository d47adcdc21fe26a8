-- show_run: 0 or 1 row: everything that runs says of a cell.
SELECT * FROM runs WHERE hash = :hash
