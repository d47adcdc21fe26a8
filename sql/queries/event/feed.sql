-- event_feed: how an attempt's images have come so far; returns nothing.
UPDATE attempt
SET step_s = :step_s, stall_s = :stall_s, read_s = :read_s
WHERE attempt_id = :attempt_id
