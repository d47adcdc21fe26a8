-- attempt_heartbeat: the launcher lives, and the engine is at :step; returns nothing.
UPDATE attempt
SET heartbeat_at = :at, step = :step
WHERE attempt_id = :attempt_id
