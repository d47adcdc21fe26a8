-- sweep_cells: one row a sweep's name and a cell that it has, or had before its file was changed.
--   sweep     the name; a changed file with the same name is the same sweep, launched later
--   ordinal   place in the newest file that has the cell, from 0
--   in_file   1: the file as last launched has it; 0: it has vanished from the file
--   state     of the run, as in runs
--   sweep_id  of the newest text of the file that has the cell
-- Ask: In which state are the runs of each sweep?
--     SELECT sweep, state, count(*) AS runs FROM sweep_cells WHERE in_file GROUP BY sweep, state
CREATE VIEW sweep_cells AS
SELECT
    s.name AS sweep,
    CAST(substr(c.hash, 1, 12) AS TEXT) AS run,
    sc.ordinal,
    s.sweep_id = (SELECT n.sweep_id FROM sweep n WHERE n.name = s.name
                   ORDER BY coalesce(n.launched_at, n.created_at) DESC, n.sweep_id DESC LIMIT 1)
        AS in_file,
    (SELECT r.state FROM runs r WHERE r.cell_id = c.cell_id) AS state,
    s.sweep_id,
    c.cell_id
FROM (SELECT sc.sweep_id, sc.cell_id, sc.ordinal,
             row_number() OVER (PARTITION BY s.name, sc.cell_id
                                ORDER BY coalesce(s.launched_at, s.created_at) DESC,
                                         s.sweep_id DESC) AS place
        FROM sweep s JOIN sweep_cell sc USING (sweep_id)) sc
JOIN sweep s USING (sweep_id)
JOIN cell c USING (cell_id)
WHERE sc.place = 1
