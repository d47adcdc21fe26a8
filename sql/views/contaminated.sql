-- contaminated: one row a test split that a curation was held against: how many training images were
-- pictures of it, and were left out.
--   data        name of the curated data set
--   test        data set that the test split belongs to
--   images      of the test split
--   hits        training images that were pictures of one of them
--   same_bytes  of the hits, those whose bytes are the same
--   per_mille   hits of a thousand training images that were compared
--   test_sha256, sha256  content hashes of both data sets; empty: of the curated one itself
--   curation_id  number of the record
-- Ask: Which test splits were in the training images?
--     SELECT data, test, images, hits, same_bytes FROM contaminated ORDER BY hits DESC, data, test
CREATE VIEW contaminated AS
SELECT
    c.name AS data,
    t.test_name AS test,
    t.images,
    t.hits,
    (SELECT count(*) FROM contamination h
      WHERE h.curation_id = c.curation_id AND h.test = t.ordinal AND h.distance = -1) AS same_bytes,
    1000.0 * t.hits / nullif(s.images_in, 0) AS per_mille,
    t.test_sha256,
    c.sha256,
    c.curation_id
FROM curation c
JOIN curation_test t USING (curation_id)
JOIN curation_step s ON s.curation_id = c.curation_id AND s.step = 'test'
WHERE c.curation_id = (SELECT max(n.curation_id) FROM curation n
                        WHERE n.name = c.name AND n.sha256 = c.sha256)
