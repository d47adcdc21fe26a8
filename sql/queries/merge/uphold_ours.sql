-- merge_uphold_ours: an attempt that is done here, and superseded there by one that is superseded
-- here, is done there, too; returns nothing.
UPDATE other.attempt AS o
SET state = a.state, reason = a.reason, queued_at = a.queued_at, beats = a.beats
FROM main.attempt a
WHERE a.uuid = :uuid AND o.uuid = :uuid
