-- spool_ordinals_free: first half of giving a cell's attempts their places; returns nothing.
UPDATE attempt SET ordinal = -ordinal WHERE cell_id = :cell_id
