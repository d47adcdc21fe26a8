-- Every finished run whose size and data are known.
SELECT name AS run, N, D, C, L, seed, setting, protocol, lr_final_share FROM law_points
