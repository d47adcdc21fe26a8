-- predictions: one row a run that a plan foretold, with what became of it.
--   state       waiting: it has not ended well; scored: it is done, and had not begun when it was
--               foretold; made too late: it had begun
--   fit         first 12 hex digits of the uuid of the fit that foretold it
--   run         first 12 hex digits of the config's hash
--   run_state   as in the view runs; NULL: nobody has launched it
--   started_at  of its first attempt, unix microseconds; NULL where there is none
--   observed    its loss, once it is done, whenever it was foretold
-- Ask: Which predictions still wait for their run?
--     SELECT plan, run, y, run_low, run_high FROM predictions WHERE state = 'waiting'
CREATE VIEW predictions AS
SELECT
    p.plan,
    CASE WHEN p.started_at <= p.made_at THEN 'made too late'
         WHEN r.state = 'done' AND r.loss IS NOT NULL THEN 'scored'
         ELSE 'waiting' END AS state,
    CAST(substr(f.uuid, 1, 12) AS TEXT) AS fit,
    f.law,
    CAST(substr(p.cell_hash, 1, 12) AS TEXT) AS run,
    p.role, p.point, p.y, p.mean_low, p.mean_high, p.run_low, p.run_high, p.run_sd, p.confidence,
    r.loss AS observed,
    r.state AS run_state,
    p.made_at, p.started_at, p.cell_hash, p.uuid
FROM (SELECT p.*,
             (SELECT min(a.started_at) FROM cell c JOIN attempt a USING (cell_id)
               WHERE c.hash = p.cell_hash) AS started_at
        FROM prediction p) p
JOIN fit f USING (fit_id)
LEFT JOIN runs r ON r.hash = p.cell_hash
ORDER BY p.made_at, p.plan, p.y DESC, p.uuid
