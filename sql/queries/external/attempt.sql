-- external_attempt: what an imported run was; 1 row: attempt_id. Times are unix microseconds;
-- :started_at and :ended_at are NULL where the file does not tell. Points that were there before
-- and are so again are those of the newest attempt.
INSERT INTO attempt (uuid, cell_id, ordinal, state, host, queued_at, heartbeat_at, started_at,
                     ended_at, wall_s, engine, reason, folder)
SELECT :uuid, :cell_id, 1 + coalesce(max(ordinal), 0), 'done', 'external', :at,
       coalesce(:ended_at, :at), :started_at, coalesce(:ended_at, :at),
       (:ended_at - :started_at) / 1e6, 'external', :reason, :folder
FROM attempt
WHERE cell_id = :cell_id
ON CONFLICT (uuid) DO UPDATE
SET state = 'done', reason = excluded.reason, queued_at = excluded.queued_at,
    ordinal = excluded.ordinal, beats = beats + 1
RETURNING attempt_id
