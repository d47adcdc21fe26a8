-- best_block_summary: one row a kind of head, way of probing, data set and depth of trunk: where
-- the best block lies, as a share of the depth: 1 is the last block.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), head AS MATERIALIZED (
    SELECT * FROM probe_layers
     WHERE stale = 0 AND layer >= 0 AND trunk = 'pretrained' AND probe_run IN (SELECT run FROM scope)
), best AS (
    SELECT *, (layer + 1.0) / depth AS share
      FROM (SELECT *, row_number() OVER (PARTITION BY probe_run, kind
                                         ORDER BY val_top1 DESC, layer) AS place
              FROM head)
     WHERE place = 1
), told AS (
    SELECT
        kind, data, setting, depth,
        min(probe_run) AS one,
        count(*) AS n,
        avg(share) AS share,
        bootstrap_ci(share) AS ci,
        min(layer) AS first, max(layer) AS last
    FROM best
    GROUP BY kind, data, setting, depth
)
SELECT
    kind AS "Head",
    (SELECT value FROM runs r JOIN cell_key k USING (cell_id)
      WHERE r.run = one AND k.key = 'data.name') AS "Data",
    setting AS "How probed",
    depth AS "Depth",
    n AS "n",
    round(share, 3) AS "Best block / depth, mean",
    iif(ci IS NULL, 'none', printf('%.3f to %.3f', ci ->> 0, ci ->> 1)) AS "95 %, bootstrap",
    first AS "First",
    last AS "Last"
FROM told
ORDER BY kind, data, setting, depth
