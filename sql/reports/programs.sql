-- programs: one row a build that ran finished cells, and how many.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT
    git_commit, git_dirty, cpu, isa, blas, blas_kernel,
    count(*) AS runs
FROM runs
WHERE state = 'done' AND run IN (SELECT run FROM scope)
GROUP BY git_commit, git_dirty, cpu, isa, blas, blas_kernel
ORDER BY runs DESC, git_commit
