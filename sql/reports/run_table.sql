-- run_table: one row a cell of any state.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   wall_s, cpu_s seconds over all attempts · rss_peak bytes · exit_code or signal of the newest
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT
    run, kind, parent, state, width, depth, seed, steps, params_trunk, params_total,
    flops_total, images, loss, wall_s, cpu_s, rss_peak, attempts, exit_code, signal,
    git_commit, git_dirty, cpu, blas_kernel
FROM runs
WHERE run IN (SELECT run FROM scope)
ORDER BY task, kind, width, depth, steps, seed, run
