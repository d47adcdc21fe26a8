-- downstream: one row a finished pre-training run, data set, kind of head and setting of the probe:
-- the test accuracy of the tap that is best on validation images, beside the training compute.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   probe_run: the probe's own, the first where several differ in seed alone, whose mean is
--   test_top1 · untrained: the best control trunk of any shape with the same head, pixels: a linear
--   classifier on raw pixels; each
--   probed in the same way on the same images
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), best AS MATERIALIZED (
    SELECT *,
           substr(setting, 1, instr(setting || ',tune.', ',tune.') - 1) AS frozen
      FROM best_layer WHERE probe_run IN (SELECT run FROM scope)
)
SELECT
    f.run, min(b.probe_run) AS probe_run, f.width, f.seed, f.flops_total,
    b.kind, b.setting, b.data,
    (SELECT k.value FROM runs r JOIN cell_key k USING (cell_id)
      WHERE r.run = b.probe_run AND k.key = 'data.name') AS data_name,
    group_concat(DISTINCT b.tap) AS tap,
    avg(b.test_top1) AS test_top1,
    min(b.test_images) AS test_images,
    (SELECT max(u.test_top1) FROM best u
      WHERE u.trunk = 'untrained' AND u.kind = b.kind AND u.setting IS b.setting
        AND u.data IS b.data) AS untrained,
    (SELECT avg(p.test_top1) FROM best p
      WHERE p.trunk = 'pixels' AND p.kind = 'linear' AND p.setting IS b.frozen
        AND p.data IS b.data) AS pixels
FROM final_loss f
JOIN best b ON b.run = f.run AND b.trunk = 'pretrained'
GROUP BY f.run, b.kind, b.setting, b.data
ORDER BY b.kind, b.data, b.setting, f.width, f.flops_total, f.seed, f.run
