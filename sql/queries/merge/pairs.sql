-- merge_pairs: one row a cell of the other ledger, which this one has, too, by now: theirs, ours
-- (cell_id), run, hash, and of each side: done, open (1: a launcher works on it), step (of its last
-- point, -1: none), heard (last sign of life in unix microseconds, 0: none), source (of its newest
-- attempt, a done one first: host and uuid).
WITH theirs AS (
    SELECT c.cell_id, c.hash,
        max(ifnull(a.state = 'done', 0)) AS done,
        max(ifnull(a.state IN ('claimed', 'running'), 0)) AS open,
        ifnull((SELECT max((SELECT max(step) FROM other.point WHERE series_id = s.series_id))
                  FROM other.series s WHERE s.cell_id = c.cell_id), -1) AS step,
        ifnull(max(a.heartbeat_at), 0) AS heard,
        (SELECT ifnull(host, 'queue') || ' ' || uuid FROM other.attempt WHERE cell_id = c.cell_id
          ORDER BY state = 'done' DESC, ordinal DESC LIMIT 1) AS source
    FROM other.cell c LEFT JOIN other.attempt a USING (cell_id)
    GROUP BY c.cell_id
), ours AS (
    SELECT c.cell_id, c.hash,
        max(ifnull(a.state = 'done', 0)) AS done,
        max(ifnull(a.state IN ('claimed', 'running'), 0)) AS open,
        ifnull((SELECT max((SELECT max(step) FROM main.point WHERE series_id = s.series_id))
                  FROM main.series s WHERE s.cell_id = c.cell_id), -1) AS step,
        ifnull(max(a.heartbeat_at), 0) AS heard,
        (SELECT ifnull(host, 'queue') || ' ' || uuid FROM main.attempt WHERE cell_id = c.cell_id
          ORDER BY state = 'done' DESC, ordinal DESC LIMIT 1) AS source
    FROM main.cell c LEFT JOIN main.attempt a USING (cell_id)
    WHERE c.hash IN (SELECT hash FROM other.cell)
    GROUP BY c.cell_id
)
SELECT t.cell_id AS theirs, o.cell_id AS ours, substr(t.hash, 1, 12) AS run, t.hash,
    t.done AS their_done, o.done AS our_done, t.open AS their_open, o.open AS our_open,
    t.step AS their_step, o.step AS our_step, t.heard AS their_heard, o.heard AS our_heard,
    t.source AS their_source, o.source AS our_source
FROM theirs t JOIN ours o USING (hash)
ORDER BY t.hash
