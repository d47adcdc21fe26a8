-- attempt_claim: takes a queued cell for a launcher; 1 row: attempt_id, or none where another one
-- was faster.
UPDATE attempt
SET state = 'claimed', host = :host, boot_id = :boot_id, pid = :pid, pid_started = :pid_started,
    launcher_pid = :pid, launcher_started = :pid_started, claimed_at = :at, heartbeat_at = :at
WHERE cell_id = :cell_id AND state = 'queued'
RETURNING attempt_id
