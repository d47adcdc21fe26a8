-- Optional keys: a config without a line of one means its default. Where runs are compared, a key
-- that a run lacks is therefore its default.
--
-- A default weighs nothing: a config that lacks the key and one that had it stated would have the
-- same sums, so that no row of cell_rest changes when a key is added.

PRAGMA user_version = 10;

CREATE TABLE key_default (               -- of the optional keys; filled in by the program
    task  TEXT NOT NULL,                 -- pretrain, probe
    key   TEXT NOT NULL,                 -- as in the config
    value TEXT NOT NULL,                 -- canonical; of a cell of that task that has no such key
    PRIMARY KEY (task, key)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER key_default_kept AFTER INSERT ON key_default
BEGIN
    INSERT INTO key_value (key, value, weight) VALUES (NEW.key, NEW.value, 0)
    ON CONFLICT DO NOTHING;
END;

DROP TRIGGER key_varies;
DROP TRIGGER cell_rest_kept;

-- A key begins to vary: the runs that are there have its other value, or lack it. A default that is
-- the third value is that of a key which a newer program's runs brought along: those that lack it
-- have no row yet. Each conflict is dealt with by name, as OR IGNORE would give way to an OR REPLACE
-- of whoever inserts the series.
CREATE TRIGGER key_varies AFTER INSERT ON key_value
WHEN (SELECT n = 2 OR (n > 2 AND NEW.weight = 0)
        FROM (SELECT count(*) AS n FROM (SELECT 1 FROM key_value WHERE key = NEW.key LIMIT 3)))
BEGIN
    INSERT INTO cell_rest (key, rest, value, cell_id)
    SELECT NEW.key,
           (SELECT ifnull(sum(weight), 0) FROM cell_key JOIN key_value USING (key, value)
             WHERE cell_id = s.cell_id AND key <> NEW.key),
           coalesce(k.value, d.value), s.cell_id
      FROM series s
     CROSS JOIN cell c ON c.cell_id = s.cell_id
      LEFT JOIN cell_key k ON k.cell_id = s.cell_id AND k.key = NEW.key
      LEFT JOIN key_default d ON d.task = c.task AND d.key = NEW.key
     WHERE s.split = 'val' AND s.metric = 'loss_causal' AND k.value IS NOT NEW.value
       AND coalesce(k.value, d.value) IS NOT NULL
    ON CONFLICT DO NOTHING;
END;

-- A row whose sum is that of another config by accident is left out.
CREATE TRIGGER cell_rest_kept AFTER INSERT ON series
WHEN NEW.split = 'val' AND NEW.metric = 'loss_causal'
BEGIN
    INSERT INTO key_value (key, value)
    SELECT key, value FROM cell_key WHERE cell_id = NEW.cell_id
    ON CONFLICT DO NOTHING;

    INSERT INTO cell_rest (key, rest, value, cell_id)
    SELECT k.key, s.whole - k.weight, k.value, NEW.cell_id
      FROM (SELECT sum(weight) AS whole FROM cell_key JOIN key_value USING (key, value)
             WHERE cell_id = NEW.cell_id) s
     CROSS JOIN (SELECT key, value, weight FROM cell_key JOIN key_value USING (key, value)
                  WHERE cell_id = NEW.cell_id
                 UNION ALL
                 SELECT d.key, d.value, 0
                   FROM cell c JOIN key_default d USING (task)
                  WHERE c.cell_id = NEW.cell_id
                    AND NOT EXISTS (SELECT 1 FROM cell_key
                                     WHERE cell_id = NEW.cell_id AND key = d.key)) k
     WHERE EXISTS (SELECT 1 FROM key_value WHERE key = k.key AND value <> k.value)
       AND NOT EXISTS (
           SELECT 1
             FROM (SELECT cell_id, value FROM cell_rest
                    WHERE key = k.key AND rest = s.whole - k.weight LIMIT 1) r
            CROSS JOIN cell other ON other.cell_id = r.cell_id
            CROSS JOIN cell own ON own.cell_id = NEW.cell_id
            WHERE replace(char(10) || other.config,
                          char(10) || k.key || ': ' || r.value || char(10), char(10)) <>
                  replace(char(10) || own.config,
                          char(10) || k.key || ': ' || k.value || char(10), char(10)))
    ON CONFLICT DO NOTHING;
END;
