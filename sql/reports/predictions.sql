-- predictions: one row a run that a plan foretold, with what became of it.
--   :sweep  name of a plan, which is that of its sweep, or NULL for all
--   C: FLOPs that were foretold with it, NULL where the law does not tell
SELECT
    p.plan, p.state, p.law, p.fit, p.run, p.role, p.point ->> 'C' AS C, p.y,
    p.mean_low, p.mean_high, p.run_low, p.run_high, p.confidence, p.observed,
    c.error_pct, c.inside_mean, c.inside_run, c.z
FROM predictions p
LEFT JOIN calibration c USING (uuid)
WHERE :sweep IS NULL OR p.plan = :sweep
ORDER BY p.state = 'scored' DESC, p.plan, p.y DESC, p.uuid
