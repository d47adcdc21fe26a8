-- spool_orphan: an attempt whose file tells of no end, and of which nothing more will come; returns
-- nothing.
UPDATE attempt
SET state = 'orphaned', ended_at = heartbeat_at,
    reason = 'its process vanished without a word (launcher killed, or power lost)'
WHERE attempt_id = :attempt_id AND state IN ('claimed', 'running', 'orphaned')
