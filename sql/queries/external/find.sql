-- external_find: 0 or 1 row: cell_id of that hash, known (1: the attempt of that UUID is done),
-- source (what the newest attempt that is done tells of where it came from; NULL: there is none).
SELECT c.cell_id,
       EXISTS (SELECT 1 FROM attempt a
                WHERE a.cell_id = c.cell_id AND a.uuid = :uuid AND a.state = 'done') AS known,
       (SELECT reason FROM attempt
         WHERE cell_id = c.cell_id AND state = 'done' ORDER BY ordinal DESC LIMIT 1) AS source
FROM cell c
WHERE c.hash = :hash
