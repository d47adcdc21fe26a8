-- protocol_keys: one row a key that decides what a loss is of: where two runs differ in one of them,
-- their losses do not compare.
--   key  as in the config
-- Ask: Which runs have losses that compare?
--     SELECT group_concat(key || '=' || value, ' ') AS protocol, count(*) AS runs
--       FROM (SELECT cell_id, key, value FROM protocol_keys JOIN config_keys USING (key)
--              ORDER BY key)
--      GROUP BY cell_id
CREATE VIEW protocol_keys AS
SELECT column1 AS key
  FROM (VALUES ('data.channels'), ('data.image_px'), ('data.sha256'), ('eval.images'),
               ('mask.ratio'), ('model.patch_px'), ('objective.name'), ('target.codes'),
               ('target.kind'), ('target.norm_pix'))
