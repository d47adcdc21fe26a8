-- ledger_migrated: notes that a migration was applied; returns nothing.
INSERT INTO migration (number, name, sha256, applied_at)
VALUES (:number, :name, :sha256, :at)
ON CONFLICT (number) DO UPDATE SET sha256 = excluded.sha256, applied_at = excluded.applied_at
