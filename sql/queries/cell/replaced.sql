-- cell_replaced: another checkpoint lies in the run's folder; returns nothing.
UPDATE artifact SET sha256 = :sha256, bytes = :bytes, written_at = :at
WHERE cell_id = :cell_id AND kind = 'checkpoint'
