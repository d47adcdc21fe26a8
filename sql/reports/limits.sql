-- limits: 1 row: the conditions that bound what the figures can say.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   points: finished pre-training runs · repeated: settings among them with 2 or more seeds ·
--   settings: configs apart from the seed · compute_low, compute_high in FLOPs · eval_images:
--   smallest number of held-out images of a loss · heads, edge_heads: chosen probe heads, and
--   those whose rate is the smallest or largest of its grid · data_sets, patch_sizes, commits,
--   kernels: distinct ones among the finished runs · dirty: runs of uncommitted source ·
--   rates: peak rates of pre-training · without_untrained: probed trunks without such a control
--   of their shape, probed in the same way
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), used AS MATERIALIZED (
    SELECT * FROM runs WHERE state = 'done' AND run IN (SELECT run FROM scope)
), trained AS (
    SELECT f.*, replace(char(10) || c.config, char(10) || 'seed: ' || c.seed || char(10),
                        char(10)) AS setting
      FROM final_loss f JOIN used USING (run) JOIN cell c USING (cell_id)
), setting AS (
    SELECT setting, count(DISTINCT seed) AS seeds FROM trained GROUP BY setting
), head AS MATERIALIZED (
    SELECT * FROM probe_layers
     WHERE stale = 0 AND probe_run IN (SELECT run FROM scope)
)
SELECT
    (SELECT count(*) FROM trained) AS points,
    (SELECT count(*) FROM setting) AS settings,
    (SELECT count(*) FROM setting WHERE seeds > 1) AS repeated,
    (SELECT min(flops_total) FROM trained) AS compute_low,
    (SELECT max(flops_total) FROM trained) AS compute_high,
    (SELECT min(CAST(value AS INTEGER)) FROM used JOIN cell_key USING (cell_id)
      WHERE key = 'eval.images') AS eval_images,
    (SELECT count(*) FROM head) AS heads,
    (SELECT count(*) FROM head WHERE at_grid_edge = 1) AS edge_heads,
    (SELECT count(DISTINCT value) FROM used JOIN cell_key USING (cell_id)
      WHERE key = 'data.sha256') AS data_sets,
    (SELECT count(DISTINCT patch_px) FROM used) AS patch_sizes,
    (SELECT count(DISTINCT git_commit) FROM used) AS commits,
    (SELECT count(*) FROM used WHERE git_dirty = 1) AS dirty,
    (SELECT count(DISTINCT cpu || ' ' || blas_kernel) FROM used) AS kernels,
    (SELECT count(DISTINCT lr_peak) FROM used WHERE task = 'pretrain') AS rates,
    (SELECT count(DISTINCT run) FROM head h
      WHERE trunk = 'pretrained'
        AND NOT EXISTS (SELECT 1 FROM head c
                         WHERE c.trunk = 'untrained' AND c.setting IS h.setting
                           AND c.data IS h.data AND c.width = h.width AND c.depth = h.depth
                           AND c.heads IS h.heads AND c.patch_px IS h.patch_px
                           AND c.kind = h.kind)) AS without_untrained
