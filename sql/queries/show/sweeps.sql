-- show_sweeps: one row a sweep, as it was launched last: name, cells by state, question.
SELECT p.sweep, p.cells, p.done, p.running, p.queued, p.stopped, p.failed, p.pruned, p.orphaned,
       p.blocked, p.vanished, s.question
FROM sweep_progress p JOIN sweep s USING (sweep_id)
WHERE p.newest
ORDER BY p.sweep_id
