-- ledger_version: 1 row: application_id, version (number of the last migration), objects (tables,
-- views and indexes in the file).
SELECT
    (SELECT application_id FROM pragma_application_id) AS application_id,
    (SELECT user_version FROM pragma_user_version) AS version,
    (SELECT count(*) FROM sqlite_schema) AS objects
