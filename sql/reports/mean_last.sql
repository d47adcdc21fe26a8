-- mean_last: one row a tap that averages the last blocks, of a probe of a pre-training run and kind
-- of head, beside the last block and the best one (chosen on validation images).
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   tap: mean_last.K · mean_top1, last_top1, best_top1: test accuracies
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
        probe_run, kind, layer, test_top1,
        row_number() OVER (PARTITION BY probe_run, kind ORDER BY val_top1 DESC, layer) AS place,
        row_number() OVER (PARTITION BY probe_run, kind ORDER BY layer DESC) AS from_last
    FROM head
    WHERE layer >= 0
)
SELECT
    m.run, m.probe_run, m.kind, m.setting, m.data, m.width, m.depth, m.seed, m.tap,
    m.test_top1 AS mean_top1, m.test_images,
    last.layer AS last_block, last.test_top1 AS last_top1,
    best.layer AS best_block, best.test_top1 AS best_top1
FROM head m
JOIN block last ON last.probe_run = m.probe_run AND last.kind = m.kind AND last.from_last = 1
JOIN block best ON best.probe_run = m.probe_run AND best.kind = m.kind AND best.place = 1
WHERE m.tap GLOB 'mean_last.*' AND m.test_top1 IS NOT NULL
ORDER BY m.kind, m.setting, m.data, m.tap, m.width, m.depth, m.seed, m.run, m.probe_run
