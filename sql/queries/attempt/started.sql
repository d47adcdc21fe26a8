-- attempt_started: the engine's process; returns nothing.
UPDATE attempt
SET pid = :pid, pid_started = :pid_started
WHERE attempt_id = :attempt_id
