-- merge_ordinals_away: makes room for merge_ordinals in cells that have got attempts, and in imported
-- ones, which may have been imported again; returns nothing.
UPDATE main.attempt
SET ordinal = -attempt_id
WHERE cell_id IN (SELECT cell_id FROM main.attempt WHERE ordinal < 0
                  UNION
                  SELECT c.cell_id FROM main.cell c JOIN other.cell USING (hash)
                   WHERE c.task = 'external')
