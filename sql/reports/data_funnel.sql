-- data_funnel: one row a step of a curation, in the order of their work.
SELECT data, step, what, ran, images_in AS "in", dropped, images_out AS "out",
       round(100 * share_left, 2) AS "left, %",
       trim(note || iif(note <> '' AND reasons IS NOT NULL, '; ', '') || ifnull(reasons, '')) AS why
FROM funnel
ORDER BY data, sha256, ordinal
