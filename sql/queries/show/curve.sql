-- show_curve: one row a point of a curve, in steps: step, images, flops, value (NULL where not
-- finite), kind (0 finite, 1 nan, 2 inf, 3 -inf). flops is NULL before the cost is known.
SELECT p.step, p.step * s.batch AS images, p.step * s.flops_step AS flops, p.value, p.kind
FROM (SELECT series_id,
             (SELECT CAST(value AS INTEGER) FROM cell_key k
               WHERE k.cell_id = c.cell_id
                 AND key IN ('optim.batch_images', 'probe.batch_images')) AS batch,
             (SELECT flops_step FROM cell_cost k WHERE k.cell_id = c.cell_id) AS flops_step
        FROM cell c JOIN series USING (cell_id)
       WHERE c.hash = :hash AND split = :split AND metric = :metric
       LIMIT 1) s -- without it, SQLite would look these up for each point
JOIN point p USING (series_id)
ORDER BY p.step
