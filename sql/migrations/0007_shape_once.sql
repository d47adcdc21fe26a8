-- The shape of a cell is taken once, when its first attempt is queued, instead of at each of its
-- keys: a third of the time of recording a sweep. Its keys are there by then, and never change.

PRAGMA user_version = 7;

DROP TRIGGER cell_shape_kept;

-- How many keys the cell has: ablation asks this of every run.
ALTER TABLE cell_shape ADD COLUMN keys INTEGER; -- lines of its config

INSERT INTO cell_shape (cell_id, keys)
SELECT cell_id, count(*) FROM cell JOIN cell_key USING (cell_id) WHERE true GROUP BY cell_id
ON CONFLICT (cell_id) DO UPDATE SET keys = excluded.keys;

-- By the primary key of cell_key, seven times: less than reading all the keys of the cell. What is
-- no number, as other programs' runs may have it, is none here.
CREATE TRIGGER cell_shape_kept AFTER INSERT ON attempt
WHEN NOT EXISTS (SELECT 1 FROM cell_shape WHERE cell_id = NEW.cell_id)
BEGIN
    INSERT INTO cell_shape (cell_id, trunk, width, depth, heads, patch_px, steps, lr_peak, keys)
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
                AND value NOT GLOB '*[^0-9.e+-]*'),
            (SELECT count(*) FROM cell_key WHERE cell_id = NEW.cell_id));
END;
