-- fits: every fit.
SELECT * FROM fits
