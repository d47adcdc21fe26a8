-- asked: one row a sweep, oldest first: what was asked before its runs, and how far it is.
--   :sweep  name of a sweep, the newest so named, or NULL for all
--   sha256 of the sweep's file · cells, done, open (running, queued, stopped or orphaned), failed,
--   blocked (probes of a failed trunk) · others: sweeps of the same name that are left out
SELECT
    s.name, s.question, s.prediction, s.decision, s.sha256,
    p.cells, p.done,
    p.running + p.queued + p.stopped + p.orphaned AS open,
    p.failed,
    p.blocked,
    (SELECT count(*) FROM sweep o
      WHERE :sweep IS NOT NULL AND o.name = s.name AND o.sweep_id <> s.sweep_id) AS others
FROM sweep s
JOIN sweep_progress p USING (sweep_id)
WHERE :sweep IS NULL
   OR s.sweep_id = (SELECT max(sweep_id) FROM sweep WHERE name = :sweep)
ORDER BY s.created_at, s.sweep_id
