-- attempt_end: how an attempt ended, and what it cost; returns nothing.
UPDATE attempt
SET state = :state, exit_code = :exit_code, signal = :signal, reason = :reason,
    wall_s = :wall_s, cpu_s = :cpu_s, rss_peak = coalesce(:rss_peak, rss_peak), ended_at = :at,
    heartbeat_at = :at
WHERE attempt_id = :attempt_id
