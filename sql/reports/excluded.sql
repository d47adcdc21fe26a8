-- excluded: one row a cell that no figure uses, with the reason.
--   :sweep  name of one sweep, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id
                           FROM sweep JOIN sweep_cell USING (sweep_id)
                          WHERE name = :sweep)
)
SELECT run, task, state, reason
FROM excluded_runs
WHERE run IN (SELECT run FROM scope)
ORDER BY task, run
