-- sweep_progress: one row a sweep: its cells, counted by state.
--   failed   failed, killed or diverged: retried only when asked
--   blocked  probes that cannot start since their trunk is failed: in no other count
CREATE VIEW sweep_progress AS
SELECT
    s.name AS sweep,
    s.sweep_id,
    count(r.cell_id) AS cells,
    count(*) FILTER (WHERE r.state = 'done') AS done,
    count(*) FILTER (WHERE r.state = 'running') AS running,
    count(*) FILTER (WHERE r.state IN ('queued', 'superseded') AND b.cell_id IS NULL)
        AS queued,
    count(*) FILTER (WHERE r.state = 'stopped' AND b.cell_id IS NULL) AS stopped,
    count(*) FILTER (WHERE r.state IN ('failed', 'killed', 'diverged')) AS failed,
    count(*) FILTER (WHERE r.state = 'orphaned' AND b.cell_id IS NULL) AS orphaned,
    count(b.cell_id) AS blocked
FROM sweep s
LEFT JOIN sweep_cell USING (sweep_id)
LEFT JOIN runs r USING (cell_id)
LEFT JOIN blocked_probes b USING (cell_id)
GROUP BY s.sweep_id
