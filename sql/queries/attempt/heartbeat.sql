-- attempt_heartbeat: the launcher lives; returns nothing.
UPDATE attempt
SET heartbeat_at = :at
WHERE attempt_id = :attempt_id
