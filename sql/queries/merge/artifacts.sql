-- merge_artifacts: one row a newest file of a cell that the other ledger has: run, folder (below
-- this ledger's folder), there (the same, of the other's), path, bytes, sha256.
SELECT substr(c.hash, 1, 12) AS run, a.folder,
       (SELECT folder FROM other.attempt WHERE cell_id = oc.cell_id ORDER BY ordinal DESC LIMIT 1)
           AS there,
       k.path, k.bytes, k.sha256
FROM other.cell oc
JOIN main.cell c ON c.hash = oc.hash
JOIN main.artifact k ON k.cell_id = c.cell_id
JOIN main.attempt a ON a.attempt_id = k.attempt_id
ORDER BY c.hash, k.kind
