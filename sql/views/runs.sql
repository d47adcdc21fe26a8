-- runs: one row a cell, with its newest attempt (a done one wins) and what it cost.
--   run           first 12 hex digits of the config's hash
--   state         queued, claimed, running, done, stopped, diverged, failed, killed, preempted,
--                 orphaned, pruned, superseded
--   task          pretrain, probe or external
--   kind          pretrain; for probes probe (of a pre-trained trunk), untrained or pixels;
--                 external: a run of another program, of which only its own file tells
--   parent        run of the pre-training cell that a probe reads, or NULL
--   width         channels
--   depth         blocks
--   heads         of attention
--   patch_px      side of a patch, pixels
--   seed          of parameters and data order
--   steps         of the whole training
--   lr_peak       the highest learning rate
--   params_trunk  parameters without the head
--   params_total  parameters with it
--   flops_total   of the whole training
--   images, patches  read by the whole training
--   loss          final causal validation loss, of external runs the last val/loss; or NULL
--   attempts      that a launcher has taken
--   wall_s, cpu_s  seconds, summed over attempts
--   rss_peak      bytes, largest attempt
--   host          of the launcher
--   git_commit    that the engine was built from
--   git_dirty     1: with local changes
--   started_at, ended_at  unix microseconds
--   folder        below the ledger's folder
--   hash          SHA-256 of the config, whole
--   cell_id       the cell's number in this ledger
-- Ask: Which runs did not end well, and why?
--     SELECT run, kind, state, reason FROM runs
--      WHERE state IN ('diverged', 'failed', 'killed', 'orphaned')
CREATE VIEW runs AS
SELECT
    CAST(substr(c.hash, 1, 12) AS TEXT) AS run,
    c.task,
    coalesce(a.state, 'queued') AS state,
    CASE
        WHEN c.task <> 'probe' THEN c.task
        WHEN shape.trunk IN ('untrained', 'pixels') THEN shape.trunk
        ELSE 'probe'
    END AS kind,
    (SELECT CAST(substr(p.hash, 1, 12) AS TEXT) FROM cell p WHERE p.cell_id = c.parent_cell_id) AS parent,
    shape.width,
    shape.depth,
    shape.heads,
    shape.patch_px,
    c.seed,
    CASE WHEN c.task = 'external'
         THEN CAST((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'external.steps')
                   AS INTEGER)
         ELSE shape.steps END AS steps,
    shape.lr_peak,
    CASE WHEN c.task = 'external'
         THEN CAST((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'external.params')
                   AS NUMERIC)
         ELSE cost.params_trunk END AS params_trunk,
    CASE WHEN c.task = 'external'
         THEN CAST((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'external.params')
                   AS NUMERIC)
         ELSE cost.params_total END AS params_total,
    CASE WHEN c.task = 'external'
         THEN CAST((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'external.flops')
                   AS NUMERIC)
         ELSE cost.flops_total END AS flops_total,
    CASE WHEN c.task = 'external'
         THEN CAST((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'external.images')
                   AS NUMERIC)
         ELSE cost.images END AS images,
    CASE WHEN c.task = 'external'
         THEN CAST((SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'external.patches')
                   AS NUMERIC)
         ELSE cost.patches END AS patches,
    (SELECT iif(t.points > 0, t.value_last, (SELECT p.value FROM point p
                                              WHERE p.series_id = s.series_id
                                              ORDER BY p.step DESC LIMIT 1))
       FROM series s LEFT JOIN series_summary t USING (series_id)
      WHERE s.cell_id = c.cell_id AND s.split = 'val' AND a.state = 'done'
        AND s.metric = iif(c.task = 'external', 'loss', 'loss_causal')
        AND c.task <> 'probe') AS loss,
    (SELECT count(*) FROM attempt WHERE cell_id = c.cell_id AND state <> 'queued') AS attempts,
    a.exit_code,
    a.signal,
    a.reason,
    (SELECT sum(wall_s) FROM attempt WHERE cell_id = c.cell_id) AS wall_s,
    (SELECT sum(cpu_s) FROM attempt WHERE cell_id = c.cell_id) AS cpu_s,
    (SELECT max(rss_peak) FROM attempt WHERE cell_id = c.cell_id) AS rss_peak,
    a.host,
    a.cpu,
    a.isa,
    a.blas,
    a.blas_kernel,
    a.git_commit,
    a.git_dirty,
    a.started_at,
    a.ended_at,
    a.folder,
    c.hash,
    c.cell_id
FROM cell c
LEFT JOIN cell_shape shape USING (cell_id)
LEFT JOIN cell_cost cost USING (cell_id)
LEFT JOIN attempt a ON a.attempt_id = -- + keeps the index by cell, which is in this order
    coalesce((SELECT attempt_id FROM attempt
               WHERE cell_id = c.cell_id AND +state = 'done' ORDER BY ordinal DESC LIMIT 1),
             (SELECT attempt_id FROM attempt
               WHERE cell_id = c.cell_id ORDER BY ordinal DESC LIMIT 1))

