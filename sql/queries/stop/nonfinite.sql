-- stop_nonfinite: 0 or 1 row: step, kind (1 nan, 2 inf, 3 -inf) of the first point that is not
-- finite, from step :after on.
SELECT p.step, p.kind
FROM series s JOIN point p USING (series_id)
WHERE s.cell_id = :cell_id AND s.split = :split AND s.metric = :metric
  AND p.step >= :after AND p.kind <> 0
ORDER BY p.step
LIMIT 1
