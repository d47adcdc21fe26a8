-- Which configs differ in one key alone is found when a run has its first validation loss, instead
-- of at each question: to read and compare the keys of all runs takes most of ablation's time.
--
-- Every value of a key has a random weight. A config without one key is known by the sum of the
-- other values' weights; who has the same sum is compared once, as text.

PRAGMA user_version = 9;

DROP TRIGGER key_value_kept;
DROP TABLE key_value;

CREATE TABLE key_value (                 -- can be made from cell_key anew; more than are left is no harm
    key    TEXT NOT NULL,                -- as in cell_key
    value  TEXT NOT NULL,                -- canonical
    weight INTEGER NOT NULL DEFAULT (random() >> 12), -- 52 bits: 2048 of them can be summed
    PRIMARY KEY (key, value)
) STRICT, WITHOUT ROWID;

INSERT OR IGNORE INTO key_value (key, value)
SELECT key, value
  FROM series s JOIN cell_key USING (cell_id)
 WHERE s.split = 'val' AND s.metric = 'loss_causal';

CREATE TABLE cell_rest (                 -- can be made from cell_key anew
    key     TEXT NOT NULL,               -- of the cell's config; one that has two values in key_value
    rest    INTEGER NOT NULL,            -- what the other keys' values weigh: equal where these are
    value   TEXT NOT NULL,               -- of the key
    cell_id INTEGER NOT NULL REFERENCES cell,
    PRIMARY KEY (key, rest, value)       -- a config once
) STRICT, WITHOUT ROWID;

-- A key begins to vary: the runs that are there have its other value. Each conflict is dealt with by
-- name, as OR IGNORE would give way to an OR REPLACE of whoever inserts the series.
CREATE TRIGGER key_varies AFTER INSERT ON key_value
WHEN (SELECT count(*) FROM (SELECT 1 FROM key_value WHERE key = NEW.key LIMIT 3)) = 2
BEGIN
    INSERT INTO cell_rest (key, rest, value, cell_id)
    SELECT k.key,
           (SELECT ifnull(sum(weight), 0) FROM cell_key JOIN key_value USING (key, value)
             WHERE cell_id = s.cell_id AND key <> NEW.key),
           k.value, s.cell_id
      FROM series s
     CROSS JOIN cell_key k ON k.cell_id = s.cell_id AND k.key = NEW.key
     WHERE s.split = 'val' AND s.metric = 'loss_causal' AND k.value <> NEW.value
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
    SELECT k.key, s.whole - v.weight, k.value, NEW.cell_id
      FROM (SELECT sum(weight) AS whole FROM cell_key JOIN key_value USING (key, value)
             WHERE cell_id = NEW.cell_id) s
     CROSS JOIN cell_key k
     CROSS JOIN key_value v ON v.key = k.key AND v.value = k.value
     WHERE k.cell_id = NEW.cell_id
       AND EXISTS (SELECT 1 FROM key_value WHERE key = k.key AND value <> k.value)
       AND NOT EXISTS (
           SELECT 1
             FROM (SELECT cell_id, value FROM cell_rest
                    WHERE key = k.key AND rest = s.whole - v.weight LIMIT 1) r
            CROSS JOIN cell other ON other.cell_id = r.cell_id
            CROSS JOIN cell own ON own.cell_id = NEW.cell_id
            WHERE replace(char(10) || other.config,
                          char(10) || k.key || ': ' || r.value || char(10), char(10)) <>
                  replace(char(10) || own.config,
                          char(10) || k.key || ': ' || k.value || char(10), char(10)))
    ON CONFLICT DO NOTHING;
END;

-- In its own place again: the trigger makes the rows of cell_rest.
INSERT OR REPLACE INTO series (series_id, cell_id, split, metric)
SELECT series_id, cell_id, split, metric FROM series
 WHERE split = 'val' AND metric = 'loss_causal' ORDER BY cell_id;

-- Nobody asks any more how many keys a cell has.
DROP TRIGGER cell_shape_kept;

ALTER TABLE cell_shape DROP COLUMN keys;

-- By the primary key of cell_key, seven times: less than reading all the keys of the cell. What is
-- no number, as other programs' runs may have it, is none here.
CREATE TRIGGER cell_shape_kept AFTER INSERT ON attempt
WHEN NOT EXISTS (SELECT 1 FROM cell_shape WHERE cell_id = NEW.cell_id)
BEGIN
    INSERT INTO cell_shape (cell_id, trunk, width, depth, heads, patch_px, steps, lr_peak)
    VALUES (NEW.cell_id,
            (SELECT value FROM cell_key WHERE cell_id = NEW.cell_id AND key = 'probe.trunk'),
            (SELECT CAST(value AS INTEGER) FROM cell_key
              WHERE cell_id = NEW.cell_id AND key = 'model.width' AND value NOT GLOB '*[^0-9]*'),
            (SELECT CAST(value AS INTEGER) FROM cell_key
              WHERE cell_id = NEW.cell_id AND key = 'model.depth' AND value NOT GLOB '*[^0-9]*'),
            (SELECT CAST(value AS INTEGER) FROM cell_key
              WHERE cell_id = NEW.cell_id AND key = 'model.heads' AND value NOT GLOB '*[^0-9]*'),
            (SELECT CAST(value AS INTEGER) FROM cell_key
              WHERE cell_id = NEW.cell_id AND key = 'model.patch_px' AND value NOT GLOB '*[^0-9]*'),
            (SELECT CAST(value AS INTEGER) FROM cell_key
              WHERE cell_id = NEW.cell_id AND key = 'optim.steps' AND value NOT GLOB '*[^0-9]*'),
            (SELECT CAST(value AS REAL) FROM cell_key
              WHERE cell_id = NEW.cell_id AND key = 'optim.lr_peak'
                AND value NOT GLOB '*[^0-9.e+-]*'));
END;
