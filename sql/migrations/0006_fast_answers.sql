-- What a point's commit and the views' answers spend their time on.
--
-- A CHECK with a list builds a table of it for each row: half of the time of an insert. STRICT
-- tables cannot change a CHECK: point is made again and takes its old rows.

PRAGMA user_version = 6;

CREATE TABLE point_new (
    series_id INTEGER NOT NULL REFERENCES series,
    step      INTEGER NOT NULL,
    kind      INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 3), -- 0 finite, 1 nan, 2 inf, 3 -inf
    value     REAL CHECK ((kind = 0) = (value IS NOT NULL)), -- NULL where it is not finite
    PRIMARY KEY (series_id, step)
) STRICT, WITHOUT ROWID;

INSERT INTO point_new (series_id, step, kind, value)
SELECT series_id, step, kind, value FROM point;

DROP TABLE point;
ALTER TABLE point_new RENAME TO point;

-- What runs shows of a config, in one row instead of one for each key; kept by a trigger.
CREATE TABLE cell_shape (                -- can be made from cell_key anew
    cell_id  INTEGER PRIMARY KEY REFERENCES cell ON DELETE CASCADE,
    trunk    TEXT,                       -- probe.trunk; NULL, as all below, where the config has no such key
    width    INTEGER,                    -- model.width
    depth    INTEGER,                    -- model.depth
    heads    INTEGER,                    -- model.heads
    patch_px INTEGER,                    -- model.patch_px
    steps    INTEGER,                    -- optim.steps
    lr_peak  REAL                        -- optim.lr_peak
) STRICT;

-- No list behind IN: see above.
CREATE TRIGGER cell_shape_kept AFTER INSERT ON cell_key
WHEN NEW.key = 'probe.trunk' OR NEW.key = 'model.width' OR NEW.key = 'model.depth'
    OR NEW.key = 'model.heads' OR NEW.key = 'model.patch_px' OR NEW.key = 'optim.steps'
    OR NEW.key = 'optim.lr_peak'
BEGIN
    INSERT INTO cell_shape (cell_id, trunk, width, depth, heads, patch_px, steps, lr_peak)
    VALUES (NEW.cell_id,
            CASE NEW.key WHEN 'probe.trunk' THEN NEW.value END,
            CASE NEW.key WHEN 'model.width' THEN CAST(NEW.value AS INTEGER) END,
            CASE NEW.key WHEN 'model.depth' THEN CAST(NEW.value AS INTEGER) END,
            CASE NEW.key WHEN 'model.heads' THEN CAST(NEW.value AS INTEGER) END,
            CASE NEW.key WHEN 'model.patch_px' THEN CAST(NEW.value AS INTEGER) END,
            CASE NEW.key WHEN 'optim.steps' THEN CAST(NEW.value AS INTEGER) END,
            CASE NEW.key WHEN 'optim.lr_peak' THEN CAST(NEW.value AS REAL) END)
    ON CONFLICT (cell_id) DO UPDATE
    SET trunk = coalesce(excluded.trunk, trunk), width = coalesce(excluded.width, width),
        depth = coalesce(excluded.depth, depth), heads = coalesce(excluded.heads, heads),
        patch_px = coalesce(excluded.patch_px, patch_px),
        steps = coalesce(excluded.steps, steps), lr_peak = coalesce(excluded.lr_peak, lr_peak);
END;

INSERT INTO cell_shape (cell_id, trunk, width, depth, heads, patch_px, steps, lr_peak)
SELECT cell_id,
    max(value) FILTER (WHERE key = 'probe.trunk'),
    CAST(max(value) FILTER (WHERE key = 'model.width') AS INTEGER),
    CAST(max(value) FILTER (WHERE key = 'model.depth') AS INTEGER),
    CAST(max(value) FILTER (WHERE key = 'model.heads') AS INTEGER),
    CAST(max(value) FILTER (WHERE key = 'model.patch_px') AS INTEGER),
    CAST(max(value) FILTER (WHERE key = 'optim.steps') AS INTEGER),
    CAST(max(value) FILTER (WHERE key = 'optim.lr_peak') AS REAL)
FROM cell_key
GROUP BY cell_id
HAVING max(key = 'probe.trunk' OR key = 'model.width' OR key = 'model.depth' OR key = 'model.heads'
           OR key = 'model.patch_px' OR key = 'optim.steps' OR key = 'optim.lr_peak');

-- The values that a key has among runs with a validation loss: which keys vary is what ablation has
-- to know first, and reading every key of every run for it takes most of its time.
CREATE TABLE key_value (                 -- can be made from cell_key anew; more than are left is no harm
    key   TEXT NOT NULL,                 -- as in cell_key
    value TEXT NOT NULL,                 -- canonical
    PRIMARY KEY (key, value)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER key_value_kept AFTER INSERT ON series
WHEN NEW.split = 'val' AND NEW.metric = 'loss_causal'
BEGIN
    INSERT OR IGNORE INTO key_value (key, value)
    SELECT key, value FROM cell_key WHERE cell_id = NEW.cell_id;
END;

INSERT OR IGNORE INTO key_value (key, value)
SELECT key, value
  FROM series s JOIN cell_key USING (cell_id)
 WHERE s.split = 'val' AND s.metric = 'loss_causal';
