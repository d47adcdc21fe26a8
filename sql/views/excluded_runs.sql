-- excluded_runs: one row a cell that no figure uses, with the reason in words.
--   task     pretrain, probe or external
--   reason   why it is left out
-- Ask: Which runs does no figure use, and why?
--     SELECT run, task, state, reason FROM excluded_runs
CREATE VIEW excluded_runs AS
SELECT run, task, state, reason
FROM (
    SELECT
        r.run, r.task, r.state,
        CASE
            WHEN b.run IS NOT NULL
            THEN 'blocked: its trunk ' || b.trunk || ' ' ||
                 CASE b.trunk_state WHEN 'killed' THEN 'was killed' ELSE b.trunk_state END
            WHEN r.state = 'queued' THEN 'not started'
            WHEN r.state = 'pruned' THEN 'pruned' || coalesce(': ' || r.reason, '')
            WHEN r.state = 'diverged' THEN 'diverged' || coalesce(': ' || r.reason, '')
            WHEN r.state = 'superseded'
            THEN 'its trunk has been replaced since it was probed: it has to run again'
            WHEN r.state <> 'done'
            THEN 'not finished: ' || r.state || coalesce(': ' || r.reason, '')
            WHEN r.task = 'pretrain' AND r.loss IS NULL THEN
                CASE WHEN EXISTS (SELECT 1 FROM series s
                                   WHERE s.cell_id = r.cell_id AND s.split = 'val'
                                     AND s.metric = 'loss_causal')
                     THEN 'final causal validation loss is not finite'
                     ELSE 'has no causal validation loss' END
            WHEN r.task = 'external' AND r.loss IS NULL
            THEN 'was imported without a final val/loss'
            WHEN r.task = 'probe' AND NOT EXISTS (SELECT 1 FROM probe_result p
                                                   WHERE p.cell_id = r.cell_id)
            THEN 'has no probe results'
            WHEN r.kind = 'probe' AND
                 (SELECT i.sha256 FROM cell_input i WHERE i.cell_id = r.cell_id) IS NOT
                 (SELECT k.sha256 FROM cell c
                    JOIN artifact k ON k.cell_id = c.parent_cell_id AND k.kind = 'checkpoint'
                   WHERE c.cell_id = r.cell_id)
            THEN 'stale: its trunk has been replaced since it was probed'
        END AS reason
    FROM runs r
    LEFT JOIN blocked_probes b USING (cell_id)
)
WHERE reason IS NOT NULL
