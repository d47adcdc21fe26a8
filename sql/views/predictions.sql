-- predictions: one row a run that a plan foretold, with what became of it.
--   state       made too late: the run had begun, or when it began is not known; superseded: the
--               same plan foretold the run again before it began; scored: it is done; waiting: it
--               has not ended well
--   last        1: the last that any plan foretold of the run before it began; 0: another was, or
--               it was made too late
--   fit         first 12 hex digits of the uuid of the fit that foretold it
--   run         first 12 hex digits of the config's hash
--   run_state   as in the view runs; NULL: nobody has launched it
--   started_at  of its first attempt, or when that was claimed where its start is not known, unix
--               microseconds; NULL where there is neither
--   observed    its loss, once it is done, whenever it was foretold
-- Ask: Which predictions still wait for their run?
--     SELECT plan, run, y, run_low, run_high FROM predictions WHERE state = 'waiting'
CREATE VIEW predictions AS
WITH begun AS (
    SELECT p.*, (SELECT min(coalesce(a.started_at, a.claimed_at, 0))
                   FROM cell c JOIN attempt a USING (cell_id)
                  WHERE c.hash = p.cell_hash AND a.state <> 'queued') AS begun_at
      FROM prediction p
), ranked AS (
    SELECT b.*, b.begun_at IS NOT NULL AND b.begun_at <= b.made_at AS late,
           row_number() OVER (PARTITION BY b.cell_hash, b.plan,
                                           b.begun_at IS NOT NULL AND b.begun_at <= b.made_at
                                  ORDER BY b.made_at DESC, b.uuid DESC) AS back_in_plan,
           row_number() OVER (PARTITION BY b.cell_hash,
                                           b.begun_at IS NOT NULL AND b.begun_at <= b.made_at
                                  ORDER BY b.made_at DESC, b.uuid DESC) AS back
      FROM begun b
)
SELECT
    p.plan,
    CASE WHEN p.late THEN 'made too late'
         WHEN p.back_in_plan > 1 THEN 'superseded'
         WHEN r.state = 'done' AND r.loss IS NOT NULL THEN 'scored'
         ELSE 'waiting' END AS state,
    NOT p.late AND p.back = 1 AS last,
    CAST(substr(f.uuid, 1, 12) AS TEXT) AS fit,
    f.law,
    CAST(substr(p.cell_hash, 1, 12) AS TEXT) AS run,
    p.role, p.point, p.y, p.mean_low, p.mean_high, p.run_low, p.run_high, p.run_sd, p.confidence,
    r.loss AS observed,
    r.state AS run_state,
    p.made_at, nullif(p.begun_at, 0) AS started_at, p.cell_hash, p.uuid
FROM ranked p
JOIN fit f USING (fit_id)
LEFT JOIN runs r ON r.hash = p.cell_hash
ORDER BY p.made_at, p.plan, p.y DESC, p.uuid
