-- merge_queue_drop: this ledger's queue, of cells that the other one has done, or works on, or has
-- queued under a name that comes first; returns nothing.
DELETE FROM main.attempt AS a
WHERE a.state = 'queued'
  AND EXISTS (SELECT 1
                FROM main.cell c
                JOIN other.cell oc ON oc.hash = c.hash
                JOIN other.attempt o ON o.cell_id = oc.cell_id
               WHERE c.cell_id = a.cell_id AND o.uuid <> a.uuid
                 AND (o.state IN ('done', 'claimed', 'running')
                      OR (o.state = 'queued' AND o.uuid < a.uuid)))
