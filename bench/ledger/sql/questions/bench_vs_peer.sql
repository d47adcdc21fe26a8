-- bench_vs_peer: all of it.
SELECT * FROM bench_vs_peer
