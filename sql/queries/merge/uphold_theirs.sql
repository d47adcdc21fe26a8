-- merge_uphold_theirs: an attempt that is done there, and superseded here by one that is superseded
-- there, is done here, too; returns nothing.
UPDATE main.attempt AS a
SET state = o.state, reason = o.reason, queued_at = o.queued_at, beats = o.beats
FROM other.attempt o
WHERE o.uuid = :uuid AND a.uuid = :uuid
