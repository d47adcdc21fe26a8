-- merge_same_attempts: one process is one attempt, whatever two migrations of copies of one old
-- ledger have called it: the other's takes this one's name; returns nothing.
UPDATE OR IGNORE other.attempt AS o
SET uuid = a.uuid
FROM other.cell oc, main.cell c, main.attempt a
WHERE oc.cell_id = o.cell_id AND c.hash = oc.hash AND a.cell_id = c.cell_id
  AND a.uuid <> o.uuid AND a.host = o.host AND a.boot_id IS o.boot_id AND a.pid = o.pid
  AND a.pid_started IS o.pid_started AND a.started_at = o.started_at
