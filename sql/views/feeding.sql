-- feeding: one row a pre-training run that told how its images came, summed over its attempts.
--   run        first 12 hex digits of the config's hash
--   data       the data set
--   width      channels
--   image_px   side of the image that the trunk sees, px
--   workers    threads of the newest attempt
--   step_s     seconds that its training steps took
--   stall_s    seconds of these in which they waited for images
--   stall_pct  stall_s in per cent of step_s
--   read_s     CPU seconds in which images were read, decoded and cropped, by all threads
--   read_pct   read_s in per cent of all CPU time: what reading costs, whether or not it is waited for
-- Ask: Which runs waited for their images?
--     SELECT run, data, width, workers, round(stall_pct, 2) AS stall_pct, round(read_pct, 1) AS read_pct
--       FROM feeding ORDER BY stall_pct DESC
CREATE VIEW feeding AS
SELECT
    CAST(substr(c.hash, 1, 12) AS TEXT) AS run,
    (SELECT value FROM cell_key WHERE cell_id = c.cell_id AND key = 'data.name') AS data,
    shape.width,
    (SELECT CAST(value AS INTEGER) FROM cell_key
      WHERE cell_id = c.cell_id AND key = 'data.image_px') AS image_px,
    (SELECT workers FROM attempt
      WHERE cell_id = c.cell_id ORDER BY ordinal DESC LIMIT 1) AS workers,
    a.step_s,
    a.stall_s,
    100.0 * a.stall_s / a.step_s AS stall_pct,
    a.read_s,
    100.0 * a.read_s / a.cpu_s AS read_pct
FROM (SELECT cell_id, sum(step_s) AS step_s, sum(stall_s) AS stall_s, sum(read_s) AS read_s,
             sum(cpu_s) AS cpu_s
        FROM attempt
       WHERE step_s > 0
       GROUP BY cell_id) a
JOIN cell c USING (cell_id)
LEFT JOIN cell_shape shape USING (cell_id)
