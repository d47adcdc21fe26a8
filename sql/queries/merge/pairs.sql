-- merge_pairs: one row a cell of the other ledger, which this one has, too, by now: theirs, ours
-- (cell_id), run, hash, and of each side: done (uuid of the attempt that decides it, NULL: none;
-- one that the other side knows as superseded only where there is no other), lost (1: the other
-- side knows that as superseded), at (when that was done or imported), open (1: a launcher works on
-- it), step (of its last point or file, -1: none), heard (last sign of life in unix microseconds,
-- 0: none), source (of the attempt that decides, else of the newest: host and uuid).
WITH theirs AS (
    SELECT c.cell_id, c.hash,
        (SELECT a.attempt_id FROM other.attempt a
           LEFT JOIN main.attempt b ON b.uuid = a.uuid AND b.state = 'superseded'
          WHERE a.cell_id = c.cell_id AND a.state = 'done'
          ORDER BY b.uuid IS NULL DESC, a.ordinal DESC LIMIT 1) AS decides,
        max(ifnull(a.state IN ('claimed', 'running'), 0)) AS open,
        max(ifnull((SELECT max((SELECT max(step) FROM other.point WHERE series_id = s.series_id))
                      FROM other.series s WHERE s.cell_id = c.cell_id), -1),
            ifnull((SELECT max(step) FROM other.artifact WHERE cell_id = c.cell_id), -1)) AS step,
        ifnull(max(a.heartbeat_at), 0) AS heard,
        (SELECT attempt_id FROM other.attempt WHERE cell_id = c.cell_id
          ORDER BY ordinal DESC LIMIT 1) AS newest
    FROM other.cell c LEFT JOIN other.attempt a USING (cell_id)
    GROUP BY c.cell_id
), ours AS (
    SELECT c.cell_id, c.hash,
        (SELECT a.attempt_id FROM main.attempt a
           LEFT JOIN other.attempt b ON b.uuid = a.uuid AND b.state = 'superseded'
          WHERE a.cell_id = c.cell_id AND a.state = 'done'
          ORDER BY b.uuid IS NULL DESC, a.ordinal DESC LIMIT 1) AS decides,
        max(ifnull(a.state IN ('claimed', 'running'), 0)) AS open,
        max(ifnull((SELECT max((SELECT max(step) FROM main.point WHERE series_id = s.series_id))
                      FROM main.series s WHERE s.cell_id = c.cell_id), -1),
            ifnull((SELECT max(step) FROM main.artifact WHERE cell_id = c.cell_id), -1)) AS step,
        ifnull(max(a.heartbeat_at), 0) AS heard,
        (SELECT attempt_id FROM main.attempt WHERE cell_id = c.cell_id
          ORDER BY ordinal DESC LIMIT 1) AS newest
    FROM main.cell c LEFT JOIN main.attempt a USING (cell_id)
    WHERE c.hash IN (SELECT hash FROM other.cell)
    GROUP BY c.cell_id
)
SELECT t.cell_id AS theirs, o.cell_id AS ours, substr(t.hash, 1, 12) AS run, t.hash,
    td.uuid AS their_done, od.uuid AS our_done,
    EXISTS (SELECT 1 FROM main.attempt WHERE uuid = td.uuid AND state = 'superseded') AS their_lost,
    EXISTS (SELECT 1 FROM other.attempt WHERE uuid = od.uuid AND state = 'superseded') AS our_lost,
    coalesce(td.queued_at, td.heartbeat_at) AS their_at,
    coalesce(od.queued_at, od.heartbeat_at) AS our_at,
    t.open AS their_open, o.open AS our_open, t.step AS their_step, o.step AS our_step,
    t.heard AS their_heard, o.heard AS our_heard,
    (SELECT ifnull(host, 'queue') || ' ' || uuid FROM other.attempt
      WHERE attempt_id = coalesce(t.decides, t.newest)) AS their_source,
    (SELECT ifnull(host, 'queue') || ' ' || uuid FROM main.attempt
      WHERE attempt_id = coalesce(o.decides, o.newest)) AS our_source
FROM theirs t JOIN ours o USING (hash)
LEFT JOIN other.attempt td ON td.attempt_id = t.decides
LEFT JOIN main.attempt od ON od.attempt_id = o.decides
ORDER BY t.hash
