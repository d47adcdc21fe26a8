-- bench_vs_peer: one row a training speed of patchlaw for which a peer did the same work (shape,
-- precision, workers) on the same host and CPU.
--   peer             the fastest one in the same file; where that has none, in the newest file
--                    of that host which has one
--   peer_recompute   its setting, as recompute is patchlaw's
--   images_per_s, peer_images_per_s  medians
--   ratio            images_per_s / peer_images_per_s: above 1, patchlaw is faster
--   ratio_low, ratio_high  the lowest over the peer's highest, and the other way round
--   same_file        1: both were measured by one benchmark
--   peer_made        when the peer was measured, UTC
-- Ask: How much faster than its peers does patchlaw train?
--     SELECT shape, precision, workers, peer, ratio, ratio_low, ratio_high
--       FROM bench_vs_peer ORDER BY made DESC, shape, precision
CREATE VIEW bench_vs_peer AS
WITH speed AS (
    SELECT * FROM bench WHERE suite = 'step' AND metric = 'images_per_s'
), pair AS (
    SELECT
        own.made,
        own.git_commit,
        own.git_dirty,
        own.host,
        own.shape,
        own.precision,
        own.workers,
        own.recompute,
        own.median AS images_per_s,
        peer.program AS peer,
        peer.recompute AS peer_recompute,
        peer.median AS peer_images_per_s,
        own.median / peer.median AS ratio,
        own.low / peer.high AS ratio_low,
        own.high / peer.low AS ratio_high,
        own.bench_file_id = peer.bench_file_id AS same_file,
        peer.made AS peer_made,
        row_number() OVER (
            PARTITION BY own.bench_file_id, own.ordinal
            ORDER BY own.bench_file_id = peer.bench_file_id DESC, peer.made_at DESC,
                     peer.bench_file_id DESC, peer.median DESC, peer.ordinal) AS place
    FROM speed own
    JOIN speed peer
      ON peer.program <> 'patchlaw' AND peer.host = own.host AND peer.cpu IS own.cpu
     AND peer.shape IS own.shape AND peer.precision IS own.precision
     AND peer.workers IS own.workers AND peer.unit = own.unit
    WHERE own.program = 'patchlaw'
)
SELECT made, git_commit, git_dirty, host, shape, precision, workers, recompute, images_per_s, peer,
       peer_recompute, peer_images_per_s, ratio, ratio_low, ratio_high, same_file, peer_made
FROM pair
WHERE place = 1
