-- merge_fits: laws that were fitted there and not here, by their uuid; returns nothing.
INSERT INTO main.fit (uuid, fitted_at, law, formula, query, data_sha256, options, n, excluded,
                      objective, starts, converged, reached, condition, residual_sd, aicc, bic,
                      confidence, draws, clusters)
SELECT uuid, fitted_at, law, formula, query, data_sha256, options, n, excluded, objective,
       starts, converged, reached, condition, residual_sd, aicc, bic, confidence, draws, clusters
FROM other.fit
ORDER BY fit_id
ON CONFLICT DO NOTHING
