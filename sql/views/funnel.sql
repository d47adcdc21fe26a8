-- funnel: one row a step of a curation, in the order of their work; of a data set the newest record.
--   data         name of the data set
--   sha256       its content hash, as data.sha256 has it
--   ordinal      place of the step, from 0
--   step         read, verify, decode, unsafe, blur, exact, near, test, rank
--   what         of an image that passes, in words
--   ran          1: the step ran; 0: note says why it did not
--   images_in, images_out  of the training split
--   dropped      images that ended here
--   share_left   fraction of all that was read
--   reasons      images and reason, one behind the other; those that went on too
--   source       path of what was curated
--   recorded_at  unix microseconds
--   curation_id  number of the record
-- Ask: What did each step of curation drop?
--     SELECT data, step, images_in, dropped, images_out, round(100 * share_left, 1) AS percent_left,
--            reasons FROM funnel ORDER BY data, ordinal
CREATE VIEW funnel AS
SELECT
    c.name AS data,
    c.sha256,
    s.ordinal,
    s.step,
    s.what,
    s.ran,
    s.note,
    s.images_in,
    s.images_in - s.images_out AS dropped,
    s.images_out,
    s.images_out * 1.0 / nullif((SELECT f.images_in FROM curation_step f
                                  WHERE f.curation_id = c.curation_id AND f.ordinal = 0), 0)
        AS share_left,
    (SELECT group_concat(r.images || ' ' || r.reason, '; ')
       FROM curation_reason r
      WHERE r.curation_id = c.curation_id AND r.step = s.step) AS reasons,
    c.source,
    c.recorded_at,
    c.curation_id
FROM curation c
JOIN curation_step s USING (curation_id)
WHERE c.curation_id = (SELECT max(n.curation_id) FROM curation n
                        WHERE n.name = c.name AND n.sha256 = c.sha256)
