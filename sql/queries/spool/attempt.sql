-- spool_attempt: 0 or 1 row: attempt_id, state, ended_at (unix microseconds) and folder of the
-- attempt of that name.
SELECT attempt_id, state, ended_at, folder FROM attempt WHERE uuid = :uuid
