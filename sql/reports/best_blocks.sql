-- best_blocks: one row a probe of a pre-training run and kind of head: the block with the best
-- validation accuracy, among blocks alone.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   block: from 0 · low, high: the first and the last block whose validation accuracy is within the
--   95 % interval of the difference to the best one's, the two taken as independent · N parameters
--   of the trunk
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), head AS MATERIALIZED (
    SELECT * FROM probe_layers
     WHERE stale = 0 AND layer >= 0 AND trunk = 'pretrained' AND probe_run IN (SELECT run FROM scope)
), best AS MATERIALIZED (
    SELECT probe_run, kind, layer, val_top1
      FROM (SELECT *, row_number() OVER (PARTITION BY probe_run, kind
                                         ORDER BY val_top1 DESC, layer) AS place
              FROM head)
     WHERE place = 1
)
SELECT
    h.run, h.probe_run, h.kind, h.setting, h.data, h.width, h.depth, h.seed,
    r.params_trunk AS N,
    b.layer AS block,
    min(h.layer) FILTER (WHERE near) AS low,
    max(h.layer) FILTER (WHERE near) AS high,
    b.val_top1,
    max(h.test_top1) FILTER (WHERE h.layer = b.layer) AS test_top1,
    max(h.test_images) FILTER (WHERE h.layer = b.layer) AS test_images
FROM (SELECT head.*,
             best.val_top1 - head.val_top1 <=
             1.959964 * sqrt((head.val_top1 * (1 - head.val_top1) +
                              best.val_top1 * (1 - best.val_top1)) / head.val_images) AS near
        FROM head JOIN best USING (probe_run, kind)) h
JOIN best b USING (probe_run, kind)
JOIN runs r ON r.run = h.run
GROUP BY h.probe_run, h.kind
ORDER BY h.kind, h.setting, h.data, h.width, h.depth, h.seed, h.run, h.probe_run
