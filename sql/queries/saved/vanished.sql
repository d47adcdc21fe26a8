-- vanished: runs that a sweep's file had once and has no more; they stay, and reports of the sweep
-- leave them out.
SELECT sweep, run, state FROM sweep_cells WHERE vanished ORDER BY sweep, run
