-- asked: one row a sweep, oldest first: what was asked before its runs, and how far it is.
--   :sweep  name of a sweep, as launched last, or NULL for all
--   sha256 of the sweep's file · cells, done, open (running, queued, stopped or orphaned), failed,
--   pruned (ended early by a rule), blocked (probes of a failed or pruned trunk) · others: sweeps of
--   the same name that are left out
SELECT
    s.name, s.question, s.prediction, s.decision, s.sha256,
    p.cells, p.done,
    p.running + p.queued + p.stopped + p.orphaned AS open,
    p.failed,
    p.pruned,
    p.blocked,
    (SELECT count(*) FROM sweep o
      WHERE :sweep IS NOT NULL AND o.name = s.name AND o.sweep_id <> s.sweep_id) AS others
FROM sweep s
JOIN sweep_progress p USING (sweep_id)
WHERE :sweep IS NULL OR (s.name = :sweep AND p.newest)
ORDER BY s.created_at, s.sweep_id
