-- loss_vs_accuracy: of every probed run.
SELECT * FROM loss_vs_accuracy ORDER BY loss
