-- cell_match: a row for each cell whose hash starts with :prefix, three at most: hash.
SELECT hash FROM cell
WHERE hash >= :prefix AND hash < :prefix || 'g'
ORDER BY hash LIMIT 3
