-- data_sets: one row a data set, by content, that finished runs were told to read, and how many.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT
    name.value AS name,
    coalesce(hash.value, '') AS sha256,
    count(*) AS runs
FROM runs r
JOIN cell_key name ON name.cell_id = r.cell_id AND name.key = 'data.name'
LEFT JOIN cell_key hash ON hash.cell_id = r.cell_id AND hash.key = 'data.sha256'
WHERE r.state = 'done' AND r.run IN (SELECT run FROM scope)
GROUP BY name.value, hash.value
ORDER BY runs DESC, name.value
