-- asked: one row a sweep, oldest first: what was asked before its runs, and how far it is.
--   :sweep  name of one sweep, or NULL for all
--   sha256 of the sweep's file · cells, done, open (running, queued, stopped or orphaned), failed
SELECT
    s.name, s.question, s.prediction, s.decision, s.sha256,
    p.cells, p.done,
    p.running + p.queued + p.stopped + p.orphaned AS open,
    p.failed
FROM sweep s
JOIN sweep_progress p USING (sweep_id)
WHERE :sweep IS NULL OR s.name = :sweep
ORDER BY s.created_at, s.sweep_id
