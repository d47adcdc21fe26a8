-- data_mixes: one row a source of the mix that a run trained on.
SELECT run, source, weight, images, drawn, round(epochs, 3) AS epochs
FROM mix_epochs
ORDER BY run, ordinal
