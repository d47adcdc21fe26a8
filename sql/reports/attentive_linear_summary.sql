-- attentive_linear_summary: one row a kind of trunk, way of probing and data set: by how many
-- points of accuracy the attentive head is above the linear one, each at its best tap.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), told AS (
    SELECT
        a.trunk, a.data, a.setting,
        min(a.probe_run) AS one,
        count(*) AS n,
        100 * avg(a.test_top1 - l.test_top1) AS over,
        bootstrap_ci(100 * (a.test_top1 - l.test_top1)) AS ci,
        count(*) FILTER (WHERE a.test_top1 > l.test_top1) AS better
    FROM best_layer a
    JOIN best_layer l USING (probe_run)
    WHERE a.kind = 'attentive' AND l.kind = 'linear' AND a.probe_run IN (SELECT run FROM scope)
    GROUP BY a.trunk, a.data, a.setting
)
SELECT
    trunk AS "Trunk",
    (SELECT value FROM runs r JOIN cell_key k USING (cell_id)
      WHERE r.run = one AND k.key = 'data.name') AS "Data",
    setting AS "How probed",
    n AS "n",
    round(over, 2) AS "Attentive - linear, mean points",
    iif(ci IS NULL, 'none', printf('%+.2f to %+.2f', ci ->> 0, ci ->> 1)) AS "95 %, bootstrap",
    better AS "Attentive better"
FROM told
ORDER BY trunk, data, setting
