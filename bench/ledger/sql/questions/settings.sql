-- settings: of every cell.
SELECT * FROM settings
