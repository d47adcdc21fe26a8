-- sweep_vars: one row a pre-training cell of a sweep and a name of the sweep file's own, that is no
-- key of the config: those under vars, and budget_flops of isoflop.
--   sweep     the file's name
--   run       first 12 hex digits of the config's hash
--   name      as in the file
--   value     in this cell
--   sweep_id  of that text of the file
--   cell_id   the cell's number in this ledger
-- Ask: Which size has the lowest loss at each budget of training FLOPs?
--     SELECT v.sweep, v.value AS budget_flops, r.width, r.depth, min(r.loss) AS loss
--       FROM sweep_vars v JOIN runs r USING (cell_id)
--      WHERE v.name = 'budget_flops' AND r.loss IS NOT NULL GROUP BY v.sweep, v.value
CREATE VIEW sweep_vars AS
SELECT
    s.name AS sweep,
    CAST(substr(c.hash, 1, 12) AS TEXT) AS run,
    v.name,
    v.value,
    s.sweep_id,
    c.cell_id
FROM sweep_var v
JOIN sweep s USING (sweep_id)
JOIN cell c USING (cell_id)
