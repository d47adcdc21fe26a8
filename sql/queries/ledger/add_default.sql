-- ledger_add_default: what an optional key is where a cell of that task lacks it; returns nothing.
INSERT INTO key_default (task, key, value)
VALUES (:task, :key, :value)
ON CONFLICT DO NOTHING
