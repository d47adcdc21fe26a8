-- scaling: final loss against compute: N parameters, D patches, C FLOPs, L loss.
SELECT run, width, depth, seed, N, D, C, L
FROM scaling_points
ORDER BY C
