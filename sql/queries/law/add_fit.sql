INSERT INTO fit (uuid, fitted_at, law, formula, query, data_sha256, options, n, excluded, objective,
                 starts, converged, reached, condition, residual_sd, aicc, bic, confidence, draws,
                 clusters)
VALUES (:uuid, :fitted_at, :law, :formula, :query, :data_sha256, :options, :n, :excluded, :objective,
        :starts, :converged, :reached, :condition, :residual_sd, :aicc, :bic, :confidence, :draws,
        :clusters)
