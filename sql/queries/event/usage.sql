-- event_usage: what an attempt has cost so far; returns nothing.
UPDATE attempt
SET wall_s = :wall_s, cpu_s = :cpu_s, rss_peak = :rss_peak
WHERE attempt_id = :attempt_id
