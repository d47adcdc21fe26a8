-- external_find: 0 or 1 row: cell_id of that hash, known (1: the attempt of that UUID is its newest
-- that is done).
SELECT c.cell_id,
       EXISTS (SELECT 1 FROM attempt a
                WHERE a.cell_id = c.cell_id AND a.uuid = :uuid AND a.state = 'done') AS known
FROM cell c
WHERE c.hash = :hash
