-- show_sweeps: one row a sweep: name, cells by state, question.
SELECT p.*, s.question
FROM sweep_progress p JOIN sweep s USING (sweep_id)
ORDER BY p.sweep_id
