-- attempt_queue: puts a cell into the queue unless it is there, or worked on; returns nothing.
INSERT INTO attempt (cell_id, ordinal, state, queued_at, folder)
SELECT :cell_id, 1 + coalesce(max(ordinal), 0), 'queued', :at, :folder
FROM attempt
WHERE cell_id = :cell_id
ON CONFLICT DO NOTHING
