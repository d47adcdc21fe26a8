-- merge_differs: what two finished runs of one cell do not have in common, one row a kind of
-- fact: what, n (how many differ), here, there (the first of them, NULL where a side lacks it).
WITH ours AS (
    SELECT split || '/' || metric AS curve, step, kind, value
    FROM main.series JOIN main.point USING (series_id) WHERE cell_id = :ours
), theirs AS (
    SELECT split || '/' || metric AS curve, step, kind, value
    FROM other.series JOIN other.point USING (series_id) WHERE cell_id = :theirs
), points AS (
    SELECT curve, step FROM (SELECT * FROM ours EXCEPT SELECT * FROM theirs)
    UNION
    SELECT curve, step FROM (SELECT * FROM theirs EXCEPT SELECT * FROM ours)
), our_heads AS (
    SELECT tap, kind, lr, weight_decay, k, split, layer, images, top1, top5, loss, chosen
    FROM main.probe_result WHERE cell_id = :ours
), their_heads AS (
    SELECT tap, kind, lr, weight_decay, k, split, layer, images, top1, top5, loss, chosen
    FROM other.probe_result WHERE cell_id = :theirs
), heads AS (
    SELECT tap, kind, lr, weight_decay, k, split
    FROM (SELECT * FROM our_heads EXCEPT SELECT * FROM their_heads)
    UNION
    SELECT tap, kind, lr, weight_decay, k, split
    FROM (SELECT * FROM their_heads EXCEPT SELECT * FROM our_heads)
), first_point AS (
    SELECT curve, step FROM points ORDER BY curve, step LIMIT 1
), first_head AS (
    SELECT * FROM heads ORDER BY tap, kind, lr, weight_decay, k, split LIMIT 1
), word (kind, text) AS (VALUES (1, 'nan'), (2, 'inf'), (3, '-inf'))
SELECT 'point ' || curve || ' at step ' || step AS what,
       (SELECT count(*) FROM points) AS n,
       (SELECT coalesce((SELECT text FROM word WHERE kind = o.kind),
                        iif(CAST(CAST(value AS TEXT) AS REAL) = value, value, printf('%!.17g', value)))
          FROM ours o WHERE o.curve = f.curve AND o.step = f.step) AS here,
       (SELECT coalesce((SELECT text FROM word WHERE kind = o.kind),
                        iif(CAST(CAST(value AS TEXT) AS REAL) = value, value, printf('%!.17g', value)))
          FROM theirs o WHERE o.curve = f.curve AND o.step = f.step) AS there
FROM first_point f
UNION ALL
SELECT 'probe ' || tap || ' ' || kind || ' ' || split || ifnull(' lr ' || lr, ' k ' || k) || ' top1',
       (SELECT count(*) FROM heads),
       (SELECT iif(CAST(CAST(top1 AS TEXT) AS REAL) = top1, top1, printf('%!.17g', top1))
          FROM our_heads o
         WHERE (o.tap, o.kind, o.split) = (f.tap, f.kind, f.split)
           AND o.lr IS f.lr AND o.weight_decay IS f.weight_decay AND o.k IS f.k),
       (SELECT iif(CAST(CAST(top1 AS TEXT) AS REAL) = top1, top1, printf('%!.17g', top1))
          FROM their_heads o
         WHERE (o.tap, o.kind, o.split) = (f.tap, f.kind, f.split)
           AND o.lr IS f.lr AND o.weight_decay IS f.weight_decay AND o.k IS f.k)
FROM first_head f
UNION ALL
SELECT what, 1, here, there
FROM (SELECT 'checkpoint sha256' AS what,
             (SELECT sha256 FROM main.artifact WHERE cell_id = :ours AND kind = 'checkpoint')
                 AS here,
             (SELECT sha256 FROM other.artifact WHERE cell_id = :theirs AND kind = 'checkpoint')
                 AS there
      UNION ALL
      SELECT 'trunk that was probed, sha256',
             (SELECT sha256 FROM main.cell_input WHERE cell_id = :ours),
             (SELECT sha256 FROM other.cell_input WHERE cell_id = :theirs))
WHERE here IS NOT there
