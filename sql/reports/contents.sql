-- contents: 1 row: what the report stands on, counted.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   cells of any state · pretrained, probes, controls (untrained or pixels): finished runs
--   excluded cells · attempts · points of curves · heads: probe results, every rate and split
--   newest: time of the last event heard, UTC · runs_hash: the 64-digit hashes of all cells in
--   ascending order, one after the other, which the report names by their SHA-256
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), used AS (
    SELECT * FROM runs WHERE run IN (SELECT run FROM scope)
)
SELECT
    count(*) AS cells,
    count(*) FILTER (WHERE state = 'done' AND kind = 'pretrain') AS pretrained,
    count(*) FILTER (WHERE state = 'done' AND kind = 'probe') AS probes,
    count(*) FILTER (WHERE state = 'done' AND kind IN ('untrained', 'pixels')) AS controls,
    (SELECT count(*) FROM excluded_runs WHERE run IN (SELECT run FROM scope)) AS excluded,
    (SELECT count(*) FROM attempt WHERE cell_id IN (SELECT cell_id FROM used)) AS attempts,
    (SELECT count(*) FROM series JOIN point USING (series_id)
      WHERE cell_id IN (SELECT cell_id FROM used)) AS points,
    (SELECT count(*) FROM probe_result WHERE cell_id IN (SELECT cell_id FROM used)) AS heads,
    (SELECT strftime('%Y-%m-%d %H:%M:%S', max(heartbeat_at) / 1000000, 'unixepoch')
       FROM attempt WHERE cell_id IN (SELECT cell_id FROM used)) AS newest,
    (SELECT group_concat(hash, '')
       FROM (SELECT hash FROM used ORDER BY hash)) AS runs_hash
FROM used
