-- show_sweeps: one row a sweep, as its file was launched last: name, cells by state, question.
SELECT p.*, s.question
FROM sweep_progress p JOIN sweep s USING (sweep_id)
WHERE p.newest
ORDER BY p.sweep_id
