-- blocked_probes: one row a probe that cannot start: its trunk has ended without a checkpoint to
-- probe, and is tried again only when asked.
--   trunk         the pre-training run
--   trunk_state   failed, killed, diverged or pruned
-- Ask: Which trunks hold up how many probes?
--     SELECT trunk, trunk_state, count(*) AS probes FROM blocked_probes GROUP BY trunk
CREATE VIEW blocked_probes AS
SELECT
    r.run, r.cell_id,
    t.run AS trunk,
    t.state AS trunk_state
FROM runs r
JOIN cell c USING (cell_id)
JOIN runs t ON t.cell_id = c.parent_cell_id
WHERE r.state IN ('queued', 'stopped', 'preempted', 'orphaned', 'superseded')
  AND t.state IN ('failed', 'killed', 'diverged', 'pruned')
