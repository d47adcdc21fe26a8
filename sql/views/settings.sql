-- settings: one row a pre-training cell: those that share a setting differ in nothing but their seed.
--   cell_id        number of the cell in this ledger
--   setting        the smallest of the names of its runs that are done; where none is, of all; a run
--                  without a validation loss, and any while no seeds vary, is a setting of its own
--   first_cell_id  the cell of that run
-- Ask: Which settings were run with how many seeds?
--     SELECT setting, count(*) AS seeds FROM settings JOIN runs USING (cell_id)
--      WHERE state = 'done' GROUP BY setting ORDER BY seeds DESC, setting
--
-- What is left of a config without its seed is known by its weight in cell_rest. Of the aggregate's
-- one minimum SQLite gives the other columns, too: 0 before a name of a run that is done, else 1.
CREATE VIEW settings AS
SELECT s.cell_id, f.setting, f.first_cell_id
  FROM (SELECT rest, cell_id AS first_cell_id,
               CAST(substr(min(iif(EXISTS (SELECT 1 FROM attempt a
                                            WHERE a.cell_id = c.cell_id AND +a.state = 'done'),
                                   '0', '1') || hash), 2, 12) AS TEXT) AS setting
          FROM cell_rest CROSS JOIN cell c USING (cell_id)
         WHERE key = 'seed' AND task = 'pretrain'
         GROUP BY rest) f
 CROSS JOIN cell_rest s ON s.key = 'seed' AND s.rest = f.rest
UNION ALL
SELECT cell_id, CAST(substr(hash, 1, 12) AS TEXT), cell_id
  FROM cell
 WHERE task = 'pretrain' AND cell_id NOT IN (SELECT cell_id FROM cell_rest WHERE key = 'seed')
