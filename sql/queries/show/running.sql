-- show_running: one row an attempt that runs: run, kind, step (the last heard), steps, started_at
-- (unix microseconds), from_step, pid, silent_s (seconds since the launcher's last sign of life).
SELECT
    r.run, r.kind,
    (SELECT max(p.step) FROM series s JOIN point p USING (series_id)
      WHERE s.cell_id = a.cell_id) AS step,
    coalesce(cost.steps, r.steps) AS steps,
    a.started_at, coalesce(a.step_resumed, 0) AS from_step, a.pid,
    (:now - a.heartbeat_at) / 1e6 AS silent_s
FROM attempt a
JOIN runs r USING (cell_id)
LEFT JOIN cell_cost cost USING (cell_id)
WHERE a.state = 'running'
ORDER BY a.started_at
