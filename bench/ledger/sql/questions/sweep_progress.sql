-- sweep_progress: of every sweep.
SELECT * FROM sweep_progress
