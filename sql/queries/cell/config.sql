-- cell_config: 0 or 1 row: task, config (canonical text).
SELECT task, config FROM cell WHERE hash = :hash
