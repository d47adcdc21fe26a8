-- attempt_add: a new attempt at a cell; returns nothing.
INSERT INTO attempt (cell_id, ordinal, state, host, boot_id, pid, pid_started, launcher_pid,
                     launcher_started, started_at, heartbeat_at, folder)
VALUES (:cell_id, 1 + (SELECT count(*) FROM attempt WHERE cell_id = :cell_id), 'running',
        :host, :boot_id, :pid, :pid_started, :pid, :pid_started, :at, :at,
        :folder)
