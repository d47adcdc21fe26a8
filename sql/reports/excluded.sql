-- excluded: one row a cell that no figure uses, with the reason.
--   :sweep  name of a sweep, the newest so named, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cell
                          WHERE sweep_id = (SELECT max(sweep_id) FROM sweep
                                             WHERE name = :sweep))
)
SELECT run, task, state, reason
FROM excluded_runs
WHERE run IN (SELECT run FROM scope)
ORDER BY task, run
