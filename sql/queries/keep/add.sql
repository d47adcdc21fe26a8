-- keep_add: saves a query under a name, in place of what had it; returns nothing.
INSERT INTO saved_query (name, sql, saved_at)
VALUES (:name, :sql, :at)
ON CONFLICT (name) DO UPDATE SET sql = excluded.sql, saved_at = excluded.saved_at
