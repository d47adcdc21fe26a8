-- attempt_started: the engine's process; returns nothing.
UPDATE attempt
SET state = 'running', pid = :pid, pid_started = :pid_started, started_at = :at, heartbeat_at = :at
WHERE attempt_id = :attempt_id AND state = 'claimed'
