-- excluded_probes: one row a probe that no figure uses, with the reason.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT run AS "Probe", state AS "State", reason AS "Reason"
FROM excluded_runs
WHERE task = 'probe' AND run IN (SELECT run FROM scope)
ORDER BY reason LIKE 'stale%' DESC, run
