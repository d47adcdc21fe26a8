-- show_running: one row an attempt that is thought to run: run, kind, step (last heard with a
-- heartbeat), steps, started_at (unix microseconds), from_step, silent_s (seconds since the
-- launcher's last sign of life), hash, boot_id, pid and pid_started (clock ticks since boot) of its
-- process.
SELECT
    r.run, r.kind,
    coalesce(a.step, a.step_resumed, 0) AS step,
    coalesce(cost.steps, r.steps) AS steps,
    coalesce(a.started_at, a.claimed_at) AS started_at, coalesce(a.step_resumed, 0) AS from_step,
    (:now - a.heartbeat_at) / 1e6 AS silent_s,
    r.hash, a.boot_id, a.pid, a.pid_started
FROM attempt a
JOIN runs r USING (cell_id)
LEFT JOIN cell_cost cost USING (cell_id)
WHERE a.state IN ('claimed', 'running')
ORDER BY 5
