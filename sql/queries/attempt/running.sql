-- attempt_running: one row an attempt that is thought to run: attempt_id, host, boot_id, pid,
-- launcher_pid, both *_started (clock ticks since boot), heartbeat_at (unix microseconds), beats
-- (heartbeats so far), folder.
SELECT attempt_id, host, boot_id, pid, pid_started, launcher_pid, launcher_started, heartbeat_at,
       beats, folder
FROM attempt
WHERE state IN ('claimed', 'running')
