-- spool_claim_name: whose an attempt is that had been found without its first line; returns
-- nothing.
UPDATE attempt
SET uuid = :uuid, host = :host, boot_id = :boot_id, pid = :pid, pid_started = :pid_started,
    launcher_pid = :pid, launcher_started = :pid_started, claimed_at = :at
WHERE attempt_id = :attempt_id
