-- bench_vs_peer: how fast patchlaw trains, against the fastest peer of the same work, newest first.
SELECT made, git_commit, host, shape, precision, workers, recompute, images_per_s, peer,
       peer_recompute, peer_images_per_s, round(ratio, 3) AS ratio,
       round(ratio_low, 3) AS ratio_low, round(ratio_high, 3) AS ratio_high
FROM bench_vs_peer
ORDER BY made DESC, host, shape, precision, workers, recompute
