-- show_config: one row a key of a cell: key, value.
SELECT key, value
FROM cell JOIN config_keys USING (cell_id)
WHERE hash = :hash
ORDER BY key
