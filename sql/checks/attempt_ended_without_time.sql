-- attempt_ended_without_time: an attempt that is over but has no end: run, state.
SELECT substr(hash, 1, 12) AS run, state
FROM cell JOIN attempt USING (cell_id)
WHERE state NOT IN ('queued', 'claimed', 'running') AND ended_at IS NULL
