-- config_keys: an optional key of every run.
SELECT cell_id, value FROM config_keys WHERE key = 'mask.ratio'
