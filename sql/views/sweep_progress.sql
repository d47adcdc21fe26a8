-- sweep_progress: one row a sweep as its file was at some time: its cells, counted by state.
--   sweep     its name
--   sweep_id  of that text of its file
--   cells     that it has
--   done, queued, orphaned  cells of that state
--   running   claimed ones, too
--   stopped   preempted ones, too
--   failed    failed, killed or diverged: retried only when asked
--   pruned    ended early by a rule of the file; probes of such trunks, too
--   blocked   probes that cannot start since their trunk has failed: in no other count
--   vanished  cells of earlier texts of this file that this one has no more
--   newest    1: the text that was launched last, among those of that name
-- Ask: What is left to do?
--     SELECT sweep, cells - done - failed - pruned - blocked AS left, failed, blocked
--       FROM sweep_progress WHERE newest
CREATE VIEW sweep_progress AS
WITH member AS MATERIALIZED (
    SELECT m.sweep_id, r.cell_id, r.state
      FROM sweep_cell m JOIN runs r USING (cell_id)
)
SELECT
    s.name AS sweep,
    s.sweep_id,
    count(r.cell_id) AS cells,
    count(*) FILTER (WHERE r.state = 'done') AS done,
    count(*) FILTER (WHERE r.state IN ('claimed', 'running')) AS running,
    count(*) FILTER (WHERE r.state IN ('queued', 'superseded') AND b.cell_id IS NULL)
        AS queued,
    count(*) FILTER (WHERE r.state IN ('stopped', 'preempted') AND b.cell_id IS NULL) AS stopped,
    count(*) FILTER (WHERE r.state IN ('failed', 'killed', 'diverged')) AS failed,
    count(*) FILTER (WHERE r.state = 'pruned' OR b.trunk_state = 'pruned') AS pruned,
    count(*) FILTER (WHERE r.state = 'orphaned' AND b.cell_id IS NULL) AS orphaned,
    count(b.cell_id) FILTER (WHERE b.trunk_state <> 'pruned') AS blocked,
    (SELECT count(DISTINCT o.cell_id)
       FROM sweep e JOIN sweep_cell o USING (sweep_id)
      WHERE e.name = s.name AND e.file = s.file AND e.text <> s.text
        AND coalesce(e.launched_at, e.created_at) <= coalesce(s.launched_at, s.created_at)
        AND NOT EXISTS (SELECT 1 FROM sweep_cell
                         WHERE sweep_id = s.sweep_id AND cell_id = o.cell_id)) AS vanished,
    NOT EXISTS (SELECT 1 FROM sweep n
                 WHERE n.name = s.name
                   AND (coalesce(n.launched_at, n.created_at), n.sweep_id) >
                       (coalesce(s.launched_at, s.created_at), s.sweep_id)) AS newest
FROM sweep s
LEFT JOIN member r USING (sweep_id)
LEFT JOIN blocked_probes b USING (cell_id)
GROUP BY s.sweep_id
