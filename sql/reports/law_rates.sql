-- law_rates: one row a setting that was trained with several peak rates and is else the same: which
-- of them ends lowest.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   rates tried · lowest, highest of them · best: with the least mean loss over seeds · loss there
--   edge  1: the best is the lowest or the highest
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), tried AS (
    SELECT
        r.width, r.depth, r.params_trunk AS N, r.steps, r.lr_peak,
        avg(r.loss) AS loss,
        replace(replace(char(10) || c.config, char(10) || 'seed: ' || c.seed || char(10), char(10)),
                char(10) || 'optim.lr_peak: ' || k.value || char(10), char(10)) AS setting
    FROM runs r
    JOIN cell c USING (cell_id)
    JOIN cell_key k ON k.cell_id = c.cell_id AND k.key = 'optim.lr_peak'
    WHERE r.task = 'pretrain' AND r.state = 'done' AND r.loss IS NOT NULL
      AND r.run IN (SELECT run FROM scope)
    GROUP BY setting, r.lr_peak
), placed AS (
    SELECT *,
           row_number() OVER (PARTITION BY setting ORDER BY loss, lr_peak) AS place,
           count(*) OVER (PARTITION BY setting) AS rates,
           min(lr_peak) OVER (PARTITION BY setting) AS lowest,
           max(lr_peak) OVER (PARTITION BY setting) AS highest
    FROM tried
)
SELECT width, depth, N, steps, rates, lowest, highest, lr_peak AS best, loss,
       lr_peak IN (lowest, highest) AS edge
FROM placed
WHERE place = 1 AND rates > 1
ORDER BY N, steps, width, depth
