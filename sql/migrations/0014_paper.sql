-- What papers found, beside which a sweep is read.

PRAGMA user_version = 14;

CREATE TABLE paper_claim (
    sweep_id   INTEGER NOT NULL REFERENCES sweep,
    position   INTEGER NOT NULL,         -- in the sweep's file, from 0
    source     TEXT NOT NULL,            -- the paper, and where in it
    side_a     TEXT NOT NULL,            -- keys and values of what is compared with, JSON of texts
    side_b     TEXT NOT NULL,            -- the same of what is compared
    outcome    TEXT NOT NULL CHECK (outcome IN ('attentive', 'linear', 'loss')),
    value_a    REAL NOT NULL,            -- percent of test images, or the loss
    value_b    REAL NOT NULL,
    remembered INTEGER NOT NULL CHECK (remembered IN (0, 1)), -- 1: not read in the source
    PRIMARY KEY (sweep_id, position)
) STRICT, WITHOUT ROWID;
