-- data_mixes: one row a source of the mix that a run trained on.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
SELECT run, source, weight, images, drawn, round(epochs, 3) AS epochs
FROM mix_epochs
WHERE :sweep IS NULL
   OR cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
ORDER BY run, ordinal
