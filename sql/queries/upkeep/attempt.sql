-- upkeep_attempt: 1 row: run, state, host, pid, heard (UTC) of an attempt.
SELECT substr(c.hash, 1, 12) AS run, a.state, a.host, a.pid,
       datetime(a.heartbeat_at / 1000000, 'unixepoch') AS heard
FROM attempt a JOIN cell c USING (cell_id)
WHERE a.attempt_id = :attempt_id
