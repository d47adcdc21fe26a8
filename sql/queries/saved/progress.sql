-- progress: every sweep and its cells by state.
SELECT * FROM sweep_progress
