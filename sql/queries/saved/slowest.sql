-- slowest: the runs that took the most time: seconds of wall and CPU time over all attempts.
SELECT run, kind, state, width, depth, steps, round(wall_s, 1) AS wall_s, round(cpu_s, 1) AS cpu_s,
       round(rss_peak / 1048576.0, 1) AS rss_mib, attempts
FROM runs
WHERE wall_s IS NOT NULL
ORDER BY wall_s DESC
LIMIT 20
