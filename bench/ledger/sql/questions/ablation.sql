-- ablation: what differs from one run in one key.
SELECT * FROM ablation WHERE run_a = :run OR run_b = :run
