-- Loss against compute, of every finished run.
SELECT name AS run, C AS x, L AS y, C, seed, setting, protocol, lr_final_share FROM law_points
