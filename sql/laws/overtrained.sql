-- Every finished run whose compute and data per parameter are known.
SELECT name AS run, M, C, L, seed, setting, protocol, lr_final_share FROM law_points
