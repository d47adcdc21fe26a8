-- spool_supersede: the cell's done attempts from before that time count no longer; returns nothing.
UPDATE attempt
SET state = 'superseded', reason = 'the trunk that it read has been replaced'
WHERE cell_id = :cell_id AND state = 'done' AND claimed_at < :at
