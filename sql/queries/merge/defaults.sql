-- merge_defaults: returns nothing.
INSERT INTO main.key_default (task, key, value)
SELECT task, key, value FROM other.key_default
WHERE true
ON CONFLICT DO NOTHING
