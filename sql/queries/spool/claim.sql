-- spool_claim: makes a queued attempt one that a launcher has claimed elsewhere; 1 row: attempt_id,
-- or none where the cell has no queued one.
UPDATE attempt
SET uuid = :uuid, state = 'claimed', host = :host, boot_id = :boot_id, pid = :pid,
    pid_started = :pid_started, launcher_pid = :pid, launcher_started = :pid_started,
    claimed_at = :at, heartbeat_at = :at, folder = :folder
WHERE cell_id = :cell_id AND state = 'queued'
RETURNING attempt_id
