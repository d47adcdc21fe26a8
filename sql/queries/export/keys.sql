-- export_keys: one row a key of the config of the run of that :hash: key, value.
SELECT key, value FROM cell JOIN config_keys USING (cell_id) WHERE hash = :hash ORDER BY key
