-- spool_ordinals: gives a cell's attempts their places by the times of their claims, whatever
-- ledgers and spools they come from; returns nothing.
UPDATE attempt
SET ordinal = (SELECT count(*) FROM attempt o
                WHERE o.cell_id = :cell_id
                  AND (o.state = 'queued', coalesce(o.claimed_at, 0), o.uuid) <=
                      (attempt.state = 'queued', coalesce(attempt.claimed_at, 0), attempt.uuid))
WHERE cell_id = :cell_id
