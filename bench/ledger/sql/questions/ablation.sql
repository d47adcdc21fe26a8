-- ablation: what one key does, in every pair of runs that differ in it alone.
SELECT * FROM ablation WHERE key = 'model.width'
