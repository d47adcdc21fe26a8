-- cell_shape_differs: a cell whose row of cell_shape is not what its keys say: run.
SELECT substr(c.hash, 1, 12) AS run
FROM cell c
LEFT JOIN cell_key k USING (cell_id)
LEFT JOIN cell_shape s USING (cell_id)
GROUP BY c.cell_id
HAVING max(k.value) FILTER (WHERE key = 'probe.trunk') IS NOT s.trunk
    OR CAST(max(k.value) FILTER (WHERE key = 'model.width' AND k.value NOT GLOB '*[^0-9]*')
            AS INTEGER) IS NOT s.width
    OR CAST(max(k.value) FILTER (WHERE key = 'model.depth' AND k.value NOT GLOB '*[^0-9]*')
            AS INTEGER) IS NOT s.depth
    OR CAST(max(k.value) FILTER (WHERE key = 'model.heads' AND k.value NOT GLOB '*[^0-9]*')
            AS INTEGER) IS NOT s.heads
    OR CAST(max(k.value) FILTER (WHERE key = 'model.patch_px' AND k.value NOT GLOB '*[^0-9]*')
            AS INTEGER) IS NOT s.patch_px
    OR CAST(max(k.value) FILTER (WHERE key = 'optim.steps' AND k.value NOT GLOB '*[^0-9]*')
            AS INTEGER) IS NOT s.steps
    OR CAST(max(k.value) FILTER (WHERE key = 'optim.lr_peak' AND k.value NOT GLOB '*[^0-9.e+-]*')
            AS REAL) IS NOT s.lr_peak
