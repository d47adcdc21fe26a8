-- merge_ordinals_away: makes room for merge_ordinals; returns nothing.
UPDATE main.attempt
SET ordinal = -attempt_id
WHERE cell_id IN (SELECT cell_id FROM main.attempt WHERE ordinal < 0)
