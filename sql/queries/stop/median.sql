-- stop_median: 1 row where a run does worse than the median of others at the same step, else none:
-- step (its newest), best (of its values so far), median, others (how many).
--   :sign       1: lower is better, -1: higher is
--   :after      least step · :least others that must have come to that step
--   :among      JSON list of keys in which the others must be equal
-- The others are cells of the sweep, ended or not; each counts with its last value up to the step.
WITH mine AS (
    SELECT max(p.step) AS step, min(p.value * :sign) AS best
      FROM series s JOIN point p USING (series_id)
     WHERE s.cell_id = :cell_id AND s.split = :split AND s.metric = :metric AND p.kind = 0
),
others AS (
    SELECT (SELECT p.value * :sign FROM point p
             WHERE p.series_id = s.series_id AND p.step <= mine.step AND p.kind = 0
             ORDER BY p.step DESC LIMIT 1) AS value
      FROM mine
      JOIN sweep_cell c ON c.sweep_id = :sweep_id AND c.cell_id <> :cell_id
      JOIN series s ON s.cell_id = c.cell_id AND s.split = :split AND s.metric = :metric
     WHERE EXISTS (SELECT 1 FROM point p
                    WHERE p.series_id = s.series_id AND p.step >= mine.step)
       AND NOT EXISTS (
           SELECT 1 FROM json_each(:among) k
            WHERE (SELECT value FROM cell_key WHERE cell_id = :cell_id AND key = k.value) IS NOT
                  (SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = k.value))
),
ranked AS (
    SELECT value, row_number() OVER (ORDER BY value) AS place, count(*) OVER () AS n
      FROM others
     WHERE value IS NOT NULL
)
SELECT mine.step, mine.best * :sign AS best, avg(r.value) * :sign AS median, max(r.n) AS others
FROM mine JOIN ranked r ON r.place IN ((r.n + 1) / 2, (r.n + 2) / 2)
WHERE mine.step >= :after AND r.n >= :least
GROUP BY mine.step, mine.best
HAVING mine.best > avg(r.value)
