-- export_probes: one row a probe head and split: run (of the probe), trunk (the run that it read,
-- or NULL), what it read and how it scored; of the run of that :hash, or of all where it is NULL.
SELECT substr(c.hash, 1, 12) AS run,
       (SELECT substr(p.hash, 1, 12) FROM cell p WHERE p.cell_id = c.parent_cell_id) AS trunk,
       r.tap, r.layer, r.kind, r.lr, r.weight_decay, r.k, r.trained, r.split, r.images, r.top1, r.top5, r.loss,
       r.chosen
FROM cell c
JOIN probe_result r USING (cell_id)
WHERE :hash IS NULL OR c.hash = :hash
ORDER BY c.cell_id, r.layer, r.tap, r.kind, r.lr, r.weight_decay, r.k, r.split
