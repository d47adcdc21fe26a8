-- Laws that were fitted to runs, and what they say of runs that are yet to come.

PRAGMA user_version = 8;                 -- the number of this file

CREATE TABLE fit (                       -- one row a law fitted to the rows of a query
    fit_id      INTEGER PRIMARY KEY,
    uuid        TEXT NOT NULL UNIQUE,    -- of law, query, rows and options: the same fit again is this row
    fitted_at   INTEGER NOT NULL,        -- unix microseconds, the first time
    law         TEXT NOT NULL,           -- as patchlaw fit --list names it
    formula     TEXT NOT NULL,           -- L = E + A N^-alpha + B D^-beta
    query       TEXT NOT NULL,           -- whose rows were fitted
    data_sha256 TEXT NOT NULL,           -- of all rows of the query
    options     TEXT NOT NULL,           -- JSON: loss, delta, residual, starts, draws, seed ...
    n           INTEGER NOT NULL,        -- rows that were used
    excluded    INTEGER NOT NULL,        -- rows that were not; fit_row says why
    objective   REAL NOT NULL,           -- sum over rows of the loss of their residuals
    starts      INTEGER NOT NULL,        -- searches
    converged   INTEGER NOT NULL,        -- of them, that neither broke down nor ran out
    reached     INTEGER NOT NULL,        -- of them, that ended at the optimum
    condition   REAL,                    -- of the Jacobian with columns of one length; NULL: singular
    residual_sd REAL NOT NULL,           -- in log y or in y
    aicc        REAL,                    -- of normal residuals; NULL where rows are too few
    bic         REAL NOT NULL,           -- of normal residuals
    confidence  REAL NOT NULL,           -- of intervals
    draws       INTEGER NOT NULL,        -- of the bootstrap
    clusters    INTEGER NOT NULL         -- that it drew from
) STRICT;

CREATE TABLE fit_parameter (             -- one row a parameter of a fit
    fit_id   INTEGER NOT NULL REFERENCES fit ON DELETE CASCADE,
    place    INTEGER NOT NULL,           -- from 0, in the order of the formula
    name     TEXT NOT NULL,              -- E, A, alpha ...
    value    REAL NOT NULL,
    se       REAL,                       -- standard deviation of the draws
    low      REAL,                       -- interval of the draws
    high     REAL,                       -- the same
    at_bound INTEGER NOT NULL CHECK (at_bound IN (0, 1)), -- 1: the search ended at its limit
    fixed    INTEGER NOT NULL CHECK (fixed IN (0, 1)),    -- 1: was given, not fitted
    PRIMARY KEY (fit_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE fit_basin (                 -- one row a minimum within 1 % of the best
    fit_id     INTEGER NOT NULL REFERENCES fit ON DELETE CASCADE,
    place      INTEGER NOT NULL,         -- from 0, the best first
    objective  REAL NOT NULL,
    starts     INTEGER NOT NULL,         -- that ended there
    parameters TEXT NOT NULL,            -- JSON: their values by name
    PRIMARY KEY (fit_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE fit_row (                   -- one row a row of the query
    fit_id    INTEGER NOT NULL REFERENCES fit ON DELETE CASCADE,
    place     INTEGER NOT NULL,          -- from 0, by name of the run
    run       TEXT NOT NULL,             -- what the query calls it
    point     TEXT NOT NULL,             -- JSON: the variables of the law by name
    observed  REAL,                      -- NULL where it was none
    predicted REAL,                      -- NULL where the row is excluded
    residual  REAL,                      -- observed - predicted, in log y or in y
    excluded  TEXT,                      -- why it was not used; NULL: it was
    PRIMARY KEY (fit_id, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE fit_check (                 -- one row a check of a fit
    fit_id  INTEGER NOT NULL REFERENCES fit ON DELETE CASCADE,
    name    TEXT NOT NULL,               -- compute_range, residual_trend ...
    verdict TEXT NOT NULL CHECK (verdict IN ('passed', 'failed', 'not applicable')),
    detail  TEXT NOT NULL,               -- one sentence with the numbers
    PRIMARY KEY (fit_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE prediction (                -- one row a run that a plan foretold, before it ran
    prediction_id INTEGER PRIMARY KEY,
    uuid       TEXT NOT NULL UNIQUE,     -- of plan, config and fit: the same plan again is this row
    fit_id     INTEGER NOT NULL REFERENCES fit ON DELETE CASCADE,
    made_at    INTEGER NOT NULL,         -- unix microseconds, the first time
    plan       TEXT NOT NULL,            -- name of the plan, which is that of its sweep
    cell_hash  TEXT NOT NULL,            -- SHA-256 of the config that it speaks of
    role       TEXT NOT NULL CHECK (role IN ('fit', 'score')), -- score: to be left out of later fits
    point      TEXT NOT NULL,            -- JSON: the variables of the law by name, C too
    y          REAL NOT NULL,            -- final causal validation loss that is expected
    mean_low   REAL NOT NULL,            -- interval of the mean curve
    mean_high  REAL NOT NULL,            -- the same
    run_low    REAL NOT NULL,            -- interval of one new run
    run_high   REAL NOT NULL,            -- the same
    run_sd     REAL NOT NULL,            -- of one new run: half that width, in normal deviates
    confidence REAL NOT NULL             -- of both intervals
) STRICT;

CREATE INDEX prediction_by_cell ON prediction (cell_hash);
