-- Data: what a curation kept of what was fetched, what it dropped and why, which images of test
-- splits it met, and which sources the runs of a mix drew from.
--
-- A curation is known by the SHA-256 of its record, the file funnel.json of the data set.

PRAGMA user_version = 12;                -- the number of this file

CREATE TABLE curation (                  -- one row a record
    curation_id INTEGER PRIMARY KEY,
    record      TEXT NOT NULL UNIQUE CHECK (length(record) = 64), -- SHA-256 of funnel.json
    name        TEXT NOT NULL,           -- of the data set
    sha256      TEXT NOT NULL CHECK (length(sha256) = 64), -- its content hash, as data.sha256 has it
    source      TEXT NOT NULL,           -- path of what was curated
    options     TEXT NOT NULL,           -- JSON: columns, thresholds, share kept
    upright     INTEGER NOT NULL,        -- kept images that were turned upright
    blurred     INTEGER NOT NULL,        -- kept images with blurred faces
    own_test    INTEGER NOT NULL,        -- images of the source's own test split
    recorded_at INTEGER NOT NULL         -- unix microseconds
) STRICT;

CREATE TABLE curation_step (             -- one row a step of a curation
    curation_id INTEGER NOT NULL REFERENCES curation,
    ordinal     INTEGER NOT NULL,        -- in the order of their work, from 0
    step        TEXT NOT NULL,           -- read, verify, decode, unsafe, blur, exact, near, test, rank
    what        TEXT NOT NULL,           -- of an image that passes, in words
    ran         INTEGER NOT NULL CHECK (ran IN (0, 1)),
    note        TEXT NOT NULL,           -- why it did not run, or what it ran with; may be empty
    images_in   INTEGER NOT NULL,
    images_out  INTEGER NOT NULL CHECK (images_out BETWEEN 0 AND images_in),
    PRIMARY KEY (curation_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE curation_reason (           -- one row a reason that a step counted
    curation_id INTEGER NOT NULL REFERENCES curation,
    ordinal     INTEGER NOT NULL,        -- in the order in which they came up
    step        TEXT NOT NULL,           -- as in curation_step
    reason      TEXT NOT NULL,
    drops       INTEGER NOT NULL CHECK (drops IN (0, 1)), -- 0: counted, and went on
    images      INTEGER NOT NULL,
    PRIMARY KEY (curation_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE curation_test (             -- one row a test split that a curation was held against
    curation_id INTEGER NOT NULL REFERENCES curation,
    ordinal     INTEGER NOT NULL,        -- from 0
    test_name   TEXT NOT NULL,           -- of the data set
    test_sha256 TEXT NOT NULL,           -- its content hash; empty: of the data set itself
    images      INTEGER NOT NULL,        -- of the test split
    hits        INTEGER NOT NULL,        -- training images that were pictures of it, and left out
    PRIMARY KEY (curation_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE contamination (             -- one row a training image that was one of a test split
    curation_id INTEGER NOT NULL REFERENCES curation,
    ordinal     INTEGER NOT NULL,        -- in the order of the source
    key         TEXT NOT NULL,           -- of the training image in its source
    test        INTEGER NOT NULL,        -- ordinal of curation_test
    test_image  INTEGER NOT NULL,        -- its number in that split
    distance    INTEGER NOT NULL,        -- bits of the perceptual hash; -1: the same bytes
    cosine      REAL NOT NULL,           -- of their low frequencies; 1: the same
    PRIMARY KEY (curation_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE curation_thumb (            -- one row a small picture of what a step dropped
    curation_id INTEGER NOT NULL REFERENCES curation,
    ordinal     INTEGER NOT NULL,
    step        TEXT NOT NULL,           -- as in curation_step
    key         TEXT NOT NULL,           -- of the image in its source
    jpeg        TEXT NOT NULL,           -- base64; faces are blurred, unsafe ones coarse
    PRIMARY KEY (curation_id, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE cell_source (               -- one row a source of the mix that a run trained on
    cell_id     INTEGER NOT NULL REFERENCES cell,
    ordinal     INTEGER NOT NULL,        -- in the mix, from 0
    name        TEXT NOT NULL,           -- of the data set
    sha256      TEXT NOT NULL,           -- its content hash
    weight      REAL NOT NULL CHECK (weight > 0 AND weight <= 1), -- share of samples
    images      INTEGER NOT NULL CHECK (images > 0), -- of its training split
    drawn       INTEGER NOT NULL,        -- samples that the whole run takes from it
    PRIMARY KEY (cell_id, ordinal)
) STRICT, WITHOUT ROWID;
