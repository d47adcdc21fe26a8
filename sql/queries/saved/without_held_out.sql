-- without_held_out: the runs of law_points that no plan held out for scoring: patchlaw fit chinchilla
-- without_held_out learns from them alone.
SELECT name AS run, N, D, C, L, seed, setting, protocol, lr_final_share
FROM law_points
WHERE run NOT IN (SELECT run FROM predictions WHERE role = 'score')
