-- show_curve: one row a point of a curve, in steps: step, images, flops, value (NULL where not
-- finite), kind (0 finite, 1 nan, 2 inf, 3 -inf). flops is NULL before the cost is known.
SELECT
    p.step,
    p.step * (SELECT CAST(value AS INTEGER) FROM cell_key
               WHERE cell_id = c.cell_id
                 AND key IN ('optim.batch_images', 'probe.batch_images')) AS images,
    p.step * (SELECT flops_step FROM cell_cost WHERE cell_id = c.cell_id) AS flops,
    p.value, p.kind
FROM cell c
JOIN series s USING (cell_id)
JOIN point p USING (series_id)
WHERE c.hash = :hash AND s.split = :split AND s.metric = :metric
ORDER BY p.step
