-- bench: all that was measured.
SELECT * FROM bench
