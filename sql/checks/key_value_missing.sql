-- key_value_missing: a value of a run with a loss that key_value lacks, so that ablation would miss
-- the pairs that it tells apart: run, key, value.
SELECT r.run, k.key, k.value
FROM runs r
JOIN cell_key k USING (cell_id)
LEFT JOIN key_value v ON v.key = k.key AND v.value = k.value
WHERE r.task = 'pretrain' AND r.loss IS NOT NULL AND v.key IS NULL
