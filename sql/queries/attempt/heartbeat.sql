-- attempt_heartbeat: the launcher lives, and the engine is at :step; returns nothing.
UPDATE attempt
SET heartbeat_at = :at, beats = beats + 1, step = :step
WHERE attempt_id = :attempt_id
