-- probe_out_of_range: an accuracy that is no fraction, or a top5 below its top1: run, tap, top1,
-- top5.
SELECT substr(hash, 1, 12) AS run, tap, top1, top5
FROM cell JOIN probe_result USING (cell_id)
WHERE top1 NOT BETWEEN 0 AND 1 OR top5 NOT BETWEEN 0 AND 1 OR top5 < top1
