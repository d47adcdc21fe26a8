-- merge_ordinals: attempts of a cell by the time that they were taken or imported, what waits last;
-- returns nothing.
UPDATE main.attempt AS a
SET ordinal = n.place
FROM (SELECT attempt_id,
             row_number() OVER (PARTITION BY cell_id
                                ORDER BY state = 'queued',
                                         coalesce(claimed_at, iif(host = 'external', queued_at, NULL),
                                                  started_at, queued_at, 0), uuid)
                 AS place
        FROM main.attempt
       WHERE cell_id IN (SELECT cell_id FROM main.attempt WHERE ordinal < 0)) n
WHERE n.attempt_id = a.attempt_id
