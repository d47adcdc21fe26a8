-- external_supersede: an imported run whose points are replaced; returns nothing.
UPDATE attempt
SET state = 'superseded', reason = 'other points of it were imported later'
WHERE cell_id = :cell_id AND state = 'done'
