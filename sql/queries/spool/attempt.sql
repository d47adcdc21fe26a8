-- spool_attempt: 0 or 1 row: attempt_id, state and ended_at (unix microseconds) of the attempt of
-- that name.
SELECT attempt_id, state, ended_at FROM attempt WHERE uuid = :uuid
