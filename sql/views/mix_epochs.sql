-- mix_epochs: one row a source of the mix that a run trained on.
--   run     first 12 characters of the cell's hash
--   source  name of the source's data set
--   weight  share of samples
--   images  of the source's training split
--   drawn   samples that the whole run takes from it
--   cell_id  number of the run
--   epochs  drawn / images: how often it sees the source
-- Ask: How often did each run see each source of its mix?
--     SELECT run, source, weight, images, drawn, round(epochs, 2) AS epochs FROM mix_epochs
--      ORDER BY run, ordinal
CREATE VIEW mix_epochs AS
SELECT
    substr(c.hash, 1, 12) AS run,
    s.ordinal,
    s.name AS source,
    s.weight,
    s.images,
    s.drawn,
    s.drawn * 1.0 / s.images AS epochs,
    s.sha256,
    s.cell_id
FROM cell_source s
JOIN cell c USING (cell_id)
