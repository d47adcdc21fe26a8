-- attempt_measured: one row a done attempt on the machine :host, or on another of its CPU, newest
-- first, 400 at most: what its cell costs and what it took.
--   task, trunk  as in the config · flops, images of the whole training · share of it that this
--                attempt did itself · worker_s wall seconds times threads · rss_peak bytes
--   params, tokens, width, depth, batch_images   what memory grows with
SELECT
    c.task,
    coalesce((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'probe.trunk'), '')
        AS trunk,
    cost.flops_total AS flops,
    cost.images,
    1.0 - coalesce(a.step_resumed, 0) * 1.0 / cost.steps AS share,
    a.wall_s * a.workers AS worker_s,
    a.rss_peak,
    cost.params_total AS params,
    cost.tokens,
    CAST((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'model.width') AS INTEGER)
        AS width,
    CAST((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'model.depth') AS INTEGER)
        AS depth,
    CAST(coalesce(
        (SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'optim.batch_images'),
        (SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'probe.batch_images'))
         AS INTEGER) AS batch_images
FROM attempt a
JOIN cell c USING (cell_id)
JOIN cell_cost cost USING (cell_id)
WHERE a.state = 'done' AND a.wall_s > 0 AND a.workers > 0 AND cost.steps > 0
  AND cost.flops_total > 0 AND cost.images > 0
  AND coalesce(a.step_resumed, 0) < cost.steps
  AND (a.host = :host OR a.cpu = (SELECT cpu FROM attempt WHERE host = :host AND cpu IS NOT NULL
                                   ORDER BY attempt_id DESC LIMIT 1))
ORDER BY a.attempt_id DESC
LIMIT 400
