-- sweep_add: notes a sweep, once, and when it was launched first and last; returns nothing.
INSERT INTO sweep (name, file, sha256, text, question, prediction, decision, created_at,
                   launched_at)
VALUES (:name, :file, :sha256, :text, :question, :prediction, :decision, :at, :at)
ON CONFLICT (sha256) DO UPDATE
SET created_at = min(created_at, excluded.created_at),
    launched_at = max(coalesce(launched_at, 0), excluded.launched_at)
