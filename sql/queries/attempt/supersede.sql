-- attempt_supersede: a cell's done attempts count no longer; returns nothing.
UPDATE attempt
SET state = 'superseded', reason = 'the trunk that it read has been replaced'
WHERE cell_id = :cell_id AND state = 'done'
