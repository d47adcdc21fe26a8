-- external_of_source: 1 row: how many imported runs came from a file of that name.
SELECT count(DISTINCT cell_id) AS runs
FROM attempt
WHERE state = 'done' AND host = 'external' AND reason = 'imported from ' || :source
