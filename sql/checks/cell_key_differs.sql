-- cell_key_differs: a cell whose keys are not the lines of its config: run.
SELECT substr(hash, 1, 12) AS run
FROM cell c
WHERE c.config IS NOT (SELECT group_concat(key || ': ' || value || char(10), '')
                         FROM (SELECT key, value FROM cell_key
                                WHERE cell_id = c.cell_id ORDER BY key))
