-- spool_ordinals: attempts of a cell by the time that they were taken or imported, what waits last,
-- as in merge_ordinals; returns nothing.
UPDATE attempt AS a
SET ordinal = n.place
FROM (SELECT attempt_id,
             row_number() OVER (ORDER BY state = 'queued',
                                         coalesce(claimed_at, iif(host = 'external', queued_at, NULL),
                                                  started_at, queued_at, 0), uuid)
                 AS place
        FROM attempt
       WHERE cell_id = :cell_id) n
WHERE n.attempt_id = a.attempt_id
