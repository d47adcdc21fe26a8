-- calibration: how far predictions were off, of every fit.
SELECT * FROM calibration
