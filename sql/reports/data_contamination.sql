-- data_contamination: one row a test split that a curation was held against.
SELECT data, test, images, hits, same_bytes, round(per_mille, 2) AS per_mille
FROM contaminated
ORDER BY data, hits DESC, test
