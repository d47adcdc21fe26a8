-- ways: one row a finished pre-training run, data set and way of using it: k-NN, a linear and an
-- attentive head at their best taps on the frozen trunk, LoRA, fine-tuning.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   trained: parameters that its training changes · attentive: test top1 of the attentive head on
--   the frozen trunk that reads what LoRA's and fine-tuning's read, made in the same way on the same
--   images; NULL beside the others · untrained: the same done with a trunk of that shape without
--   pre-training, the best seed · over_*: test top1 less that; over_attentive_se: its standard error
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), best AS MATERIALIZED (
    SELECT *,
           substr(setting, 1, instr(setting || ',tune.', ',tune.') - 1) AS frozen,
           instr('knn linear attentive lora finetune', kind) AS place
      FROM best_layer WHERE probe_run IN (SELECT run FROM scope)
), head AS MATERIALIZED (
    SELECT run, setting, data, tap, max(test_top1) AS top1, min(test_images) AS images
      FROM probe_layers
     WHERE kind = 'attentive' AND trunk = 'pretrained' AND stale = 0
       AND probe_run IN (SELECT run FROM scope)
     GROUP BY run, setting, data, tap
)
SELECT
    b.run, b.probe_run, b.width, b.depth, b.seed, b.kind, b.setting, b.data,
    (SELECT k.value FROM runs r JOIN cell_key k USING (cell_id)
      WHERE r.run = b.probe_run AND k.key = 'data.name') AS data_name,
    (SELECT k.value FROM runs r JOIN cell_key k USING (cell_id)
      WHERE r.run = b.probe_run AND k.key = 'data.image_px') AS image_px,
    b.tap, b.trained, b.test_top1, b.test_top1_se, b.test_images,
    h.top1 AS attentive,
    b.test_top1 - h.top1 AS over_attentive,
    sqrt(b.test_top1_se * b.test_top1_se + h.top1 * (1 - h.top1) / h.images) AS over_attentive_se,
    (SELECT max(u.test_top1) FROM best u
      WHERE u.trunk = 'untrained' AND u.kind = b.kind AND u.setting IS b.setting
        AND u.data IS b.data AND u.width = b.width AND u.depth = b.depth
        AND u.heads IS b.heads AND u.patch_px IS b.patch_px) AS untrained
FROM best b
LEFT JOIN head h
       ON b.kind IN ('lora', 'finetune') AND h.run = b.run AND h.setting IS b.frozen
      AND h.data IS b.data AND h.tap = b.tap
WHERE b.trunk = 'pretrained'
ORDER BY data_name, CAST(image_px AS INTEGER), b.width, b.depth, b.seed, b.run, b.frozen, b.place,
         b.setting, b.probe_run
