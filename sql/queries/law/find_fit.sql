-- The fit of that uuid, or none.
SELECT fit_id FROM fit WHERE uuid = :uuid
