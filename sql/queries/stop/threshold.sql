-- stop_threshold: 0 or 1 row: step, value of the first point beyond a bound, from step :after on.
-- :above and :below may be NULL.
SELECT p.step, p.value
FROM series s JOIN point p USING (series_id)
WHERE s.cell_id = :cell_id AND s.split = :split AND s.metric = :metric
  AND p.step >= :after AND (p.value > :above OR p.value < :below)
ORDER BY p.step
LIMIT 1
