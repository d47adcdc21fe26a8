-- sweep_find: 0 or 1 row: sweep_id.
SELECT sweep_id FROM sweep WHERE sha256 = :sha256
