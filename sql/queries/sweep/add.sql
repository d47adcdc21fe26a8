-- sweep_add: notes a sweep, once, and when it was launched last; returns nothing.
INSERT INTO sweep (name, file, sha256, text, question, prediction, decision, created_at,
                   launched_at)
VALUES (:name, :file, :sha256, :text, :question, :prediction, :decision, :at, :at)
ON CONFLICT (sha256) DO UPDATE SET launched_at = excluded.launched_at
