-- compute_pairs: 1 row: pairs of finished pre-training runs of which one cost more compute, and how
-- many of them in which that one has the lower loss.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   a pair differs in model.width alone, which head.width may follow, or in optim.steps alone
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), point AS MATERIALIZED (
    SELECT
        s.C, s.L, r.width, r.steps,
        (SELECT value FROM cell_key k
          WHERE k.cell_id = r.cell_id AND k.key = 'head.width') AS head_width,
        (SELECT group_concat(key || '=' || value)
           FROM (SELECT key, value FROM cell_key
                  WHERE cell_id = r.cell_id
                    AND key NOT IN ('model.width', 'head.width', 'optim.steps')
                  ORDER BY key)) AS rest
    FROM scaling_points s JOIN runs r USING (run)
    WHERE run IN (SELECT run FROM scope)
)
SELECT count(*) AS pairs, count(*) FILTER (WHERE b.L < a.L) AS better
FROM point a
JOIN point b ON b.rest IS a.rest AND b.C > a.C
WHERE (a.width <> b.width AND a.steps = b.steps)
   OR (a.width = b.width AND a.head_width IS b.head_width AND a.steps <> b.steps)
