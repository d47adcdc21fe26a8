-- spool_claim_beside: an attempt from elsewhere on a cell that another one works on; it counts as
-- orphaned until its end is heard; 1 row: attempt_id.
INSERT INTO attempt (uuid, cell_id, ordinal, state, host, boot_id, pid, pid_started, launcher_pid,
                     launcher_started, claimed_at, heartbeat_at, folder)
SELECT :uuid, :cell_id, 1 + coalesce(max(ordinal), 0), 'orphaned', :host, :boot_id, :pid,
       :pid_started, :pid, :pid_started, :at, :at, :folder
FROM attempt
WHERE cell_id = :cell_id
RETURNING attempt_id
