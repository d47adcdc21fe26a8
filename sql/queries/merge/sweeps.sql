-- merge_sweeps: sweeps by the hash of their text and cells; returns nothing.
INSERT INTO main.sweep (name, file, sha256, text, question, prediction, decision, created_at,
                        launched_at)
SELECT name, file, sha256, text, question, prediction, decision, created_at, launched_at
FROM other.sweep
WHERE true
ON CONFLICT (sha256) DO UPDATE
SET name = min(name, excluded.name), file = min(file, excluded.file),
    created_at = min(created_at, excluded.created_at),
    launched_at = max(coalesce(launched_at, excluded.launched_at),
                      coalesce(excluded.launched_at, launched_at))
WHERE (name, file, created_at, launched_at) IS NOT
      (min(name, excluded.name), min(file, excluded.file), min(created_at, excluded.created_at),
       max(coalesce(launched_at, excluded.launched_at),
           coalesce(excluded.launched_at, launched_at)))
