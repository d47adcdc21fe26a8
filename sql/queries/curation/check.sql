-- curation_check: whether a text is a record of a curation, and whether the ledger has it; one row.
--   :json    text of funnel.json
--   :record  its SHA-256
SELECT CASE WHEN json_valid(:json) THEN :json ->> 'format' = 'patchlaw-funnel-1' ELSE 0 END AS good,
       EXISTS (SELECT 1 FROM curation WHERE record = :record) AS known
