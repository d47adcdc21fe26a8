-- external_attempt: what an imported run was; 1 row: attempt_id. Times are unix microseconds;
-- :started_at and :ended_at are NULL where the file does not tell.
INSERT INTO attempt (uuid, cell_id, ordinal, state, host, heartbeat_at, started_at, ended_at,
                     wall_s, engine, reason, folder)
SELECT :uuid, :cell_id, 1 + coalesce(max(ordinal), 0), 'done', 'external',
       coalesce(:ended_at, :at), :started_at, coalesce(:ended_at, :at),
       (:ended_at - :started_at) / 1e6, 'external', :reason, :folder
FROM attempt
WHERE cell_id = :cell_id
ON CONFLICT (uuid) DO UPDATE SET state = 'done', reason = excluded.reason
RETURNING attempt_id
