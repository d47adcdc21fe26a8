-- sweep_cells: one row a sweep's name and a cell that a launch of it had.
--   sweep     the name; a changed file, or other arguments, are another launch of the same sweep
--   run       first 12 hex digits of the config's hash
--   ordinal   place in the newest launch that has the cell, from 0
--   launched  1: the newest launch has it
--   vanished  1: the file had it once, and its text as launched last has it no more
--   state     of the run, as in runs
--   sweep_id  of the newest launch that has the cell
--   cell_id   the cell's number in this ledger
-- Ask: How far is each sweep, and what has vanished from its file?
--     SELECT sweep, vanished, state, count(*) AS cells FROM sweep_cells
--      GROUP BY sweep, vanished, state
CREATE VIEW sweep_cells AS
SELECT
    s.name AS sweep,
    CAST(substr(c.hash, 1, 12) AS TEXT) AS run,
    sc.ordinal,
    s.sweep_id = n.sweep_id AS launched,
    s.file = n.file AND s.text <> n.text AS vanished,
    (SELECT r.state FROM runs r WHERE r.cell_id = c.cell_id) AS state,
    s.sweep_id,
    c.cell_id
FROM (SELECT sc.sweep_id, sc.cell_id, sc.ordinal,
             row_number() OVER (PARTITION BY s.name, sc.cell_id
                                ORDER BY coalesce(s.launched_at, s.created_at) DESC,
                                         s.sweep_id DESC) AS place
        FROM sweep s JOIN sweep_cell sc USING (sweep_id)) sc
JOIN sweep s USING (sweep_id)
JOIN sweep n ON n.sweep_id =
    (SELECT o.sweep_id FROM sweep o WHERE o.name = s.name
      ORDER BY coalesce(o.launched_at, o.created_at) DESC, o.sweep_id DESC LIMIT 1)
JOIN cell c USING (cell_id)
WHERE sc.place = 1
