-- fit_parameters: of every fit.
SELECT * FROM fit_parameters
