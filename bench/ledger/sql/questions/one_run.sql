-- one_run: 1 row: hash of the newest pre-training run that is done.
SELECT hash FROM runs WHERE task = 'pretrain' AND state = 'done' ORDER BY cell_id DESC LIMIT 1
