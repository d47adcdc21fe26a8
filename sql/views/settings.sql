-- settings: one row a pre-training cell: those that share a setting differ in nothing but their seed.
--   cell_id        number of the cell in this ledger
--   setting        the smallest of their runs' names, whatever has become of that run
--   first_cell_id  the cell of that run
-- Ask: Which settings were run with how many seeds?
--     SELECT setting, count(*) AS seeds FROM settings GROUP BY setting ORDER BY seeds DESC, setting
--
-- What is left of a config without its seed is known by its weight in cell_rest, once seeds vary and
-- the run has a validation loss. Before that a cell stands for itself.
CREATE VIEW settings AS
SELECT s.cell_id, f.setting, f.first_cell_id
  FROM (SELECT rest, CAST(substr(min(hash), 1, 12) AS TEXT) AS setting, cell_id AS first_cell_id
          FROM cell_rest CROSS JOIN cell USING (cell_id)
         WHERE key = 'seed' AND task = 'pretrain'
         GROUP BY rest) f
 CROSS JOIN cell_rest s ON s.key = 'seed' AND s.rest = f.rest
UNION ALL
SELECT cell_id, CAST(substr(hash, 1, 12) AS TEXT), cell_id
  FROM cell
 WHERE task = 'pretrain' AND cell_id NOT IN (SELECT cell_id FROM cell_rest WHERE key = 'seed')
