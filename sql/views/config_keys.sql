-- config_keys: one row a cell and a key that its run had: those of its config, and the optional ones
-- that are their defaults.
--   cell_id  number of the cell in this ledger
--   key      as in the config: model.width
--   value    canonical
--   stated   1: a line of the config, which its hash is of; 0: the default of an optional key
-- Ask: What does a run's whole config say?
--     SELECT run, key, value FROM runs JOIN config_keys USING (cell_id) ORDER BY run, key
CREATE VIEW config_keys AS
SELECT cell_id, key, value, 1 AS stated FROM cell_key
UNION ALL
SELECT c.cell_id, d.key, d.value, 0
  FROM cell c JOIN key_default d USING (task)
 WHERE NOT EXISTS (SELECT 1 FROM cell_key k WHERE k.cell_id = c.cell_id AND k.key = d.key)
