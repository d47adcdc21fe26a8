-- fit_checks: what speaks against every fit.
SELECT * FROM fit_checks
