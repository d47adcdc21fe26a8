-- merge_attempts_ended: attempts of the other ledger that are over, under ordinals that
-- merge_ordinals replaces; returns nothing.
INSERT INTO main.attempt (uuid, cell_id, ordinal, state,
    host, boot_id, pid, pid_started, launcher_pid, launcher_started, queued_at, claimed_at,
    started_at, heartbeat_at, beats, ended_at, exit_code, signal, reason, step_resumed, step,
    workers, engine, git_commit, git_dirty, build, cpu, isa, blas, blas_kernel, wall_s, cpu_s,
    rss_peak, step_s, stall_s, read_s, folder)
SELECT o.uuid, c.cell_id, -(1 << 40) - o.attempt_id, o.state,
    o.host, o.boot_id, o.pid, o.pid_started, o.launcher_pid, o.launcher_started, o.queued_at,
    o.claimed_at, o.started_at, o.heartbeat_at, o.beats, o.ended_at, o.exit_code, o.signal,
    o.reason, o.step_resumed, o.step, o.workers, o.engine, o.git_commit, o.git_dirty, o.build,
    o.cpu, o.isa, o.blas, o.blas_kernel, o.wall_s, o.cpu_s, o.rss_peak,
    o.step_s, o.stall_s, o.read_s, o.folder
FROM other.attempt o
JOIN other.cell oc USING (cell_id)
JOIN main.cell c ON c.hash = oc.hash
WHERE o.state NOT IN ('queued', 'claimed', 'running')
  AND NOT EXISTS (SELECT 1 FROM main.attempt WHERE uuid = o.uuid)
