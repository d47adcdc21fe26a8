-- predictions: every prediction.
SELECT * FROM predictions
