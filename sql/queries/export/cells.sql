-- export_cells: one row a run that has points: hash, run, started_at and ended_at (unix
-- microseconds, of all its attempts, else when it was noted), steps (of its last point); of the one
-- of that :hash, or of all where it is NULL.
SELECT c.hash, substr(c.hash, 1, 12) AS run,
       coalesce((SELECT min(coalesce(started_at, claimed_at, ended_at)) FROM attempt
                  WHERE cell_id = c.cell_id), c.created_at) AS started_at,
       coalesce((SELECT max(coalesce(ended_at, heartbeat_at)) FROM attempt
                  WHERE cell_id = c.cell_id), c.created_at) AS ended_at,
       (SELECT max((SELECT max(step) FROM point WHERE series_id = s.series_id))
          FROM series s WHERE s.cell_id = c.cell_id) AS steps
FROM cell c
WHERE (:hash IS NULL OR c.hash = :hash)
  AND EXISTS (SELECT 1 FROM series s JOIN point USING (series_id) WHERE s.cell_id = c.cell_id)
ORDER BY c.cell_id
