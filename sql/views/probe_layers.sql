-- probe_layers: one row a probed tap and way of classifying, of probe cells that are done.
--   run           the pre-training run that was probed; for controls the probe's own run
--   probe_run     the probe's own run
--   trunk         pretrained, untrained or pixels
--   setting       what was done: probe.* and tune.* keys but probe.trunk, and but defaults of optional
--                 ones
--   data          with which images: data.* keys; only probes that are equal in both compare
--   tap           what the head reads: block.3, mean_last.6, pixels
--   layer         block's index, -1 for the other taps
--   kind          linear or attentive (a head on the frozen trunk), knn (nearest neighbours), lora or
--                 finetune (an attentive head that learnt together with the trunk)
--   lr, weight_decay  chosen by the best validation top1; NULL: knn. Of lora and finetune the trunk's
--   k             neighbours, chosen in the same way; NULL but for knn
--   trained       parameters that its training changed; NULL where the engine did not tell
--   val_top1, test_top1, test_top5  fractions
--   test_loss     nats
--   val_images, test_images  scored
--   at_grid_edge  1: the chosen lr is the smallest or the largest of the grid; NULL: knn
--   stale         1: the parent's checkpoint is no longer the one that was probed
-- Ask: Which layer is best, over all trained trunks?
--     SELECT kind, tap, avg(test_top1) AS top1, count(*) AS n FROM probe_layers
--      WHERE trunk = 'pretrained' AND stale = 0 GROUP BY kind, tap ORDER BY kind, top1 DESC
CREATE VIEW probe_layers AS
WITH probe AS MATERIALIZED (             -- what all taps of a probe share is looked up once
    SELECT
        r.cell_id, r.run, r.kind, r.parent, r.width, r.depth, r.heads, r.patch_px, r.seed,
        (SELECT group_concat(key || '=' || value)
           FROM (SELECT key, value FROM cell_key
                  WHERE cell_id = r.cell_id AND key <> 'probe.trunk'
                    AND (key GLOB 'probe.*' OR key GLOB 'tune.*')
                  ORDER BY key)) AS setting,
        (SELECT group_concat(key || '=' || value)
           FROM (SELECT key, value FROM cell_key
                  WHERE cell_id = r.cell_id
                    AND key IN ('data.channels', 'data.image_px', 'data.sha256')
                  ORDER BY key)) AS data,
        (SELECT r.kind = 'probe' AND i.sha256 IS NOT k.sha256
           FROM cell c
           LEFT JOIN cell_input i ON i.cell_id = c.cell_id
           LEFT JOIN artifact k ON k.cell_id = c.parent_cell_id AND k.kind = 'checkpoint'
          WHERE c.cell_id = r.cell_id) AS stale
      FROM runs r
     WHERE r.task = 'probe' AND r.state = 'done'
)
SELECT
    CAST(CASE r.kind WHEN 'probe' THEN r.parent ELSE r.run END AS TEXT) AS run,
    r.run AS probe_run,
    CASE r.kind WHEN 'probe' THEN 'pretrained' ELSE r.kind END AS trunk,
    r.width, r.depth, r.heads, r.patch_px, r.seed,
    r.setting, r.data,
    val.tap, val.layer, val.kind, val.lr, val.weight_decay, val.k, val.trained,
    val.top1 AS val_top1,
    val.images AS val_images,
    test.top1 AS test_top1,
    test.top5 AS test_top5,
    test.loss AS test_loss,
    test.images AS test_images,
    (SELECT val.lr IN (min(g.lr), max(g.lr))
       FROM probe_result g
      WHERE g.cell_id = r.cell_id AND g.tap = val.tap AND g.kind = val.kind
        AND g.split = 'val') AS at_grid_edge,
    r.stale
FROM probe r
JOIN probe_result val ON val.cell_id = r.cell_id AND val.split = 'val' AND val.chosen = 1
LEFT JOIN probe_result test
       ON test.cell_id = val.cell_id AND test.tap = val.tap AND test.kind = val.kind
      AND test.split = 'test' AND test.lr IS val.lr AND test.weight_decay IS val.weight_decay
      AND test.k IS val.k
