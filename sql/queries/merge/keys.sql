-- merge_keys: returns nothing.
INSERT INTO main.cell_key (cell_id, key, value)
SELECT c.cell_id, k.key, k.value
FROM other.cell_key k
JOIN other.cell o USING (cell_id)
JOIN main.cell c ON c.hash = o.hash
WHERE true
ON CONFLICT DO NOTHING
