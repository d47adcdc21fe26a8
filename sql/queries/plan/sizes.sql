-- plan_sizes: one row a run that a law can be fitted to, by the name that its fits know it by: what
-- tells k of C = k N D where a law speaks of D / N.
SELECT name, N, N_head, D, C
FROM law_points
WHERE C > 0
