-- show_list: one row a cell, in the order of the sweeps, else of creation; each filter that is NULL
-- lets all pass. :state, :task and :sweep (its name) are compared whole.
SELECT
    r.run, r.kind, r.state, r.parent, r.width, r.depth, r.seed, r.steps, r.params_trunk,
    r.flops_total, r.loss, r.attempts, r.wall_s,
    iif(r.state = 'done', NULL, r.reason) AS reason
FROM runs r
WHERE (:state IS NULL OR r.state = :state)
  AND (:task IS NULL OR r.task = :task)
  AND (:sweep IS NULL OR r.cell_id IN (SELECT cell_id FROM sweep JOIN sweep_cell USING (sweep_id)
                                        WHERE name = :sweep))
ORDER BY r.cell_id
