-- cell_state: 0 or 1 row: what is known of the cell with that hash.
--   state       of its newest attempt (a done one wins), or queued
--   tried       attempts that a launcher has taken
--   ordinal, exit_code, signal, reason, attempt_id, host, boot_id, pid, pid_started, launcher_pid,
--   launcher_started, heartbeat_at (unix microseconds), beats, folder   of that attempt, or NULL
--   step        of its newest checkpoint, or NULL · checkpoint that file's sha256, or NULL
--   input       sha256 of the checkpoint that a probe read, or NULL
SELECT
    c.cell_id,
    coalesce(a.state, 'queued') AS state,
    coalesce(a.ordinal - (a.state = 'queued'), 0) AS tried,
    a.ordinal, a.exit_code, a.signal, a.reason, a.attempt_id, a.host, a.boot_id, a.pid,
    a.pid_started, a.launcher_pid, a.launcher_started, a.heartbeat_at, a.beats, a.folder,
    k.step, k.sha256 AS checkpoint,
    (SELECT sha256 FROM cell_input WHERE cell_id = c.cell_id) AS input
FROM cell c
LEFT JOIN artifact k ON k.cell_id = c.cell_id AND k.kind = 'checkpoint'
LEFT JOIN attempt a ON a.attempt_id =
    (SELECT attempt_id FROM attempt
      WHERE cell_id = c.cell_id
      ORDER BY state = 'done' DESC, ordinal DESC LIMIT 1)
WHERE c.hash = :hash
