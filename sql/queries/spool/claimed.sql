-- spool_claimed: 1 row: uuid and ordinal of an attempt, its cell's hash, and the latest claim of
-- the cell's other attempts (unix microseconds), 0 where there is none.
SELECT a.uuid, a.ordinal, c.hash,
       (SELECT coalesce(max(o.claimed_at), 0) FROM attempt o
         WHERE o.cell_id = a.cell_id AND o.attempt_id <> a.attempt_id) AS claimed_before
FROM attempt a JOIN cell c USING (cell_id)
WHERE a.attempt_id = :attempt_id
