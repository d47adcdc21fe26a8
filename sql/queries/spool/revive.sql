-- spool_revive: an attempt that is read anew: its heartbeats are counted again, and it is no
-- orphan as long as it may go on (:over 0) and no other attempt works on its cell; returns nothing.
UPDATE attempt
SET beats = 0,
    state = CASE WHEN state = 'orphaned' AND NOT :over
                  AND NOT EXISTS (SELECT 1 FROM attempt o
                                   WHERE o.cell_id = attempt.cell_id
                                     AND o.state IN ('queued', 'claimed', 'running'))
                 THEN 'claimed' ELSE state END
WHERE attempt_id = :attempt_id
