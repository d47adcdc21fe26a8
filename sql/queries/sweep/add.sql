-- sweep_add: notes a sweep, once; returns nothing.
INSERT INTO sweep (name, file, sha256, text, question, prediction, decision, created_at)
VALUES (:name, :file, :sha256, :text, :question, :prediction, :decision, :at)
ON CONFLICT (sha256) DO NOTHING
