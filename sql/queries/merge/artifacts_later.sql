-- merge_artifacts_later: a file that both ledgers know is that of the later attempt, so that it
-- does not matter which ledger takes the other; returns nothing.
UPDATE main.artifact AS k
SET written_at = o.written_at, attempt_id = a.attempt_id
FROM other.artifact o, other.cell oc, main.cell c, other.attempt oa, main.attempt a
WHERE oc.cell_id = o.cell_id AND c.hash = oc.hash AND k.cell_id = c.cell_id
  AND k.kind = o.kind AND k.step = o.step AND k.sha256 = o.sha256
  AND o.written_at > k.written_at
  AND oa.attempt_id = o.attempt_id AND a.uuid = oa.uuid
