-- law_best_layers: one row a probed pre-training run, kind of head and way of probing: where its best
-- block lies, beside its size. Taps that are no block are left out.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   share: 0 of the first block, 1 of the last; 0 where there is one alone
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT
    b.kind, b.data, b.setting, b.probe_run, b.run, b.layer, b.depth,
    b.layer / max(b.depth - 1.0, 1.0) AS share,
    (SELECT k.value FROM runs r JOIN cell_key k USING (cell_id)
      WHERE r.run = b.probe_run AND k.key = 'data.name') AS data_name,
    f.params_trunk AS N
FROM best_layer b
JOIN final_loss f ON f.run = b.run
WHERE b.trunk = 'pretrained' AND b.layer >= 0 AND b.probe_run IN (SELECT run FROM scope)
ORDER BY b.kind, b.data, b.setting, N, b.run, b.probe_run
