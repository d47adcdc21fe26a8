-- mean_last_summary: one row a kind of head, way of probing, data set and tap that averages the
-- last blocks: by how many points of accuracy it is above the last block, and above the best one.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), head AS MATERIALIZED (
    SELECT * FROM probe_layers
     WHERE stale = 0 AND trunk = 'pretrained' AND probe_run IN (SELECT run FROM scope)
), block AS (
    SELECT
        probe_run, kind, test_top1,
        row_number() OVER (PARTITION BY probe_run, kind ORDER BY val_top1 DESC, layer) AS place,
        row_number() OVER (PARTITION BY probe_run, kind ORDER BY layer DESC) AS from_last
    FROM head
    WHERE layer >= 0
), pair AS (
    SELECT
        m.kind, m.setting, m.data, m.tap, m.probe_run,
        100 * (m.test_top1 - last.test_top1) AS over_last,
        100 * (m.test_top1 - best.test_top1) AS over_best
    FROM head m
    JOIN block last ON last.probe_run = m.probe_run AND last.kind = m.kind AND last.from_last = 1
    JOIN block best ON best.probe_run = m.probe_run AND best.kind = m.kind AND best.place = 1
    WHERE m.tap GLOB 'mean_last.*'
), told AS (
    SELECT
        kind, tap, data, setting,
        min(probe_run) AS one,
        count(over_last) AS n,
        avg(over_last) AS over_last,
        bootstrap_ci(over_last) AS last_ci,
        avg(over_best) AS over_best,
        bootstrap_ci(over_best) AS best_ci
    FROM pair
    GROUP BY kind, tap, data, setting
)
SELECT
    kind AS "Head",
    tap AS "Tap",
    (SELECT value FROM runs r JOIN cell_key k USING (cell_id)
      WHERE r.run = one AND k.key = 'data.name') AS "Data",
    setting AS "How probed",
    n AS "n",
    round(over_last, 2) AS "Over the last block, mean points",
    iif(last_ci IS NULL, 'none', printf('%+.2f to %+.2f', last_ci ->> 0, last_ci ->> 1))
        AS "95 %, bootstrap",
    round(over_best, 2) AS "Over the best block, mean points",
    iif(best_ci IS NULL, 'none', printf('%+.2f to %+.2f', best_ci ->> 0, best_ci ->> 1))
        AS "95 %, bootstrap of that"
FROM told
ORDER BY kind, tap, data, setting
