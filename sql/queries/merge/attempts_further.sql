-- merge_attempts_further: attempts that both ledgers have, where the other one has heard more of
-- them: an end more than a beginning, an end that somebody saw more than an orphan's; returns
-- nothing.
UPDATE main.attempt AS a
SET (state,
     host, boot_id, pid, pid_started, launcher_pid, launcher_started, queued_at, claimed_at,
     started_at, heartbeat_at, beats, ended_at, exit_code, signal, reason, step_resumed, step,
     workers, engine, git_commit, git_dirty, build, cpu, isa, blas, blas_kernel, wall_s, cpu_s,
     rss_peak, step_s, stall_s, read_s) =
    (o.state,
     o.host, o.boot_id, o.pid, o.pid_started, o.launcher_pid, o.launcher_started, o.queued_at,
     o.claimed_at, o.started_at, o.heartbeat_at, o.beats, o.ended_at, o.exit_code, o.signal,
     o.reason, o.step_resumed, o.step, o.workers, o.engine, o.git_commit, o.git_dirty, o.build,
     o.cpu, o.isa, o.blas, o.blas_kernel, o.wall_s, o.cpu_s, o.rss_peak,
     o.step_s, o.stall_s, o.read_s)
FROM other.attempt o
WHERE o.uuid = a.uuid
  AND (CASE o.state WHEN 'queued' THEN 0 WHEN 'claimed' THEN 1 WHEN 'running' THEN 2
           WHEN 'orphaned' THEN 3 WHEN 'superseded' THEN 5 ELSE 4 END,
       o.beats, ifnull(o.heartbeat_at, 0)) >
      (CASE a.state WHEN 'queued' THEN 0 WHEN 'claimed' THEN 1 WHEN 'running' THEN 2
           WHEN 'orphaned' THEN 3 WHEN 'superseded' THEN 5 ELSE 4 END,
       a.beats, ifnull(a.heartbeat_at, 0))
