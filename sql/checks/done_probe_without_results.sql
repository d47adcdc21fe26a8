-- done_probe_without_results: a finished probe cell without a chosen head that has a test score:
-- run.
SELECT run
FROM runs r
WHERE task = 'probe' AND state = 'done'
  AND NOT EXISTS (SELECT 1 FROM probe_result
                   WHERE cell_id = r.cell_id AND chosen = 1 AND split = 'test')
