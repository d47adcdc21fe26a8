-- spool_outranked: 1 row: whether another attempt of the cell, rather than this one (:done 1: it
-- ended well), is the one that the view runs shows.
SELECT EXISTS (
    SELECT 1
    FROM attempt a JOIN attempt o ON o.cell_id = a.cell_id AND o.attempt_id <> a.attempt_id
    WHERE a.attempt_id = :attempt_id
      AND o.state <> 'queued'
      AND (o.state = 'done', coalesce(o.claimed_at, 0), o.uuid) >
          (:done, coalesce(a.claimed_at, 0), a.uuid)) AS outranked
