-- The ledger's facts: what was asked for, what was tried, what was seen.
--
-- sweep -> cell -> attempt, and under a cell its curves, probe results and files. A cell is one
-- resolved config, named by its SHA-256; an attempt is one process that worked on it. Times are
-- microseconds since 1970 UTC, in columns named *_at. Whatever can be computed is a view.

PRAGMA application_id = 0x506c6177;      -- "Plaw", so that file(1) and patchlaw know the file
PRAGMA user_version = 1;                 -- the number of this file

CREATE TABLE migration (
    number     INTEGER PRIMARY KEY,      -- of the file; 0 stands for the views
    name       TEXT NOT NULL,            -- of the file
    sha256     TEXT NOT NULL,            -- of its text: an edited file is refused
    applied_at INTEGER NOT NULL          -- unix microseconds
) STRICT;

CREATE TABLE sweep (
    sweep_id   INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,            -- from the file, else the file's name
    file       TEXT NOT NULL,            -- path as given
    sha256     TEXT NOT NULL UNIQUE,     -- of text and of the cells' hashes: a change of the
                                         -- file, of its base or of an override is another sweep
    text       TEXT NOT NULL,            -- the file, whole
    question   TEXT,                     -- written before any run
    prediction TEXT,
    decision   TEXT,                     -- the rule that the answer is read by
    created_at INTEGER NOT NULL          -- unix microseconds
) STRICT;

CREATE TABLE cell (
    cell_id        INTEGER PRIMARY KEY,
    hash           TEXT NOT NULL UNIQUE CHECK (length(hash) = 64), -- SHA-256 of config
    task           TEXT NOT NULL CHECK (task IN ('pretrain', 'probe')),
    seed           INTEGER NOT NULL,
    config         TEXT NOT NULL,        -- resolved: every key, sorted, canonical
    parent_cell_id INTEGER REFERENCES cell, -- probe: the pre-training cell whose trunk it reads
    created_at     INTEGER NOT NULL      -- unix microseconds
) STRICT;

CREATE INDEX cell_by_parent ON cell (parent_cell_id);

CREATE TABLE cell_key (
    cell_id INTEGER NOT NULL REFERENCES cell,
    key     TEXT NOT NULL,               -- as in the config, "model.width"
    value   TEXT NOT NULL,               -- canonical
    PRIMARY KEY (cell_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE sweep_cell (
    sweep_id INTEGER NOT NULL REFERENCES sweep,
    cell_id  INTEGER NOT NULL REFERENCES cell,
    ordinal  INTEGER NOT NULL,           -- place in the sweep, from 0
    PRIMARY KEY (sweep_id, cell_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    attempt_id   INTEGER PRIMARY KEY,
    cell_id      INTEGER NOT NULL REFERENCES cell,
    ordinal      INTEGER NOT NULL,       -- of this cell, from 1
    -- superseded: was done, but the trunk that this probe read has been replaced since
    state        TEXT NOT NULL CHECK (state IN
                     ('running', 'done', 'stopped', 'diverged', 'failed', 'killed', 'orphaned',
                      'superseded')),
    host         TEXT NOT NULL,          -- of the launcher
    boot_id      TEXT NOT NULL,          -- of the host when it was launched
    pid          INTEGER NOT NULL,       -- of the engine; of the launcher until it has started one
    pid_started  INTEGER NOT NULL,       -- its start time, clock ticks since boot
    launcher_pid INTEGER NOT NULL,
    launcher_started INTEGER NOT NULL DEFAULT 0, -- its start time, clock ticks since boot
    started_at   INTEGER NOT NULL,       -- unix microseconds
    heartbeat_at INTEGER NOT NULL,       -- unix microseconds: the launcher's last sign of life
    ended_at     INTEGER,                -- unix microseconds
    exit_code    INTEGER,                -- NULL while running or after a signal
    signal       INTEGER,                -- that ended it
    reason       TEXT,                   -- one sentence
    step_resumed INTEGER,                -- 0: from the beginning
    step         INTEGER,                -- last heard before the heartbeat
    workers      INTEGER,
    engine       TEXT,                   -- version
    git_commit   TEXT,
    git_dirty    INTEGER CHECK (git_dirty IN (0, 1)),
    build        TEXT,                   -- compiler and flags
    cpu          TEXT,                   -- model name
    isa          TEXT,                   -- vector instructions that the kernels use
    blas         TEXT,                   -- library and version
    blas_kernel  TEXT,                   -- that it chose for this CPU
    wall_s       REAL,                   -- seconds
    cpu_s        REAL,                   -- seconds of user and system time, all threads
    rss_peak     INTEGER,                -- bytes
    folder       TEXT NOT NULL,          -- the run's files, below the ledger's folder
    UNIQUE (cell_id, ordinal)
) STRICT;

CREATE INDEX attempt_by_state ON attempt (state);

CREATE TABLE cell_data (
    cell_id INTEGER NOT NULL REFERENCES cell,
    role    TEXT NOT NULL,               -- train, val, test
    name    TEXT NOT NULL,
    sha256  TEXT NOT NULL,               -- content hash of the data set
    images  INTEGER NOT NULL,
    classes INTEGER NOT NULL,
    PRIMARY KEY (cell_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE cell_cost (
    cell_id      INTEGER PRIMARY KEY REFERENCES cell,
    params_trunk INTEGER NOT NULL,       -- without the head
    params_total INTEGER NOT NULL,       -- with it
    tokens       INTEGER NOT NULL,       -- an image
    flops_image  INTEGER NOT NULL,       -- forward, one image, trunk and head
    flops_step   INTEGER NOT NULL,       -- forward and backward, one step
    flops_total  INTEGER NOT NULL,       -- whole training, attention included
    steps        INTEGER NOT NULL,
    images       INTEGER NOT NULL,       -- read by the whole training
    patches      INTEGER NOT NULL        -- images * tokens
) STRICT;

CREATE TABLE artifact (
    cell_id    INTEGER NOT NULL REFERENCES cell,
    kind       TEXT NOT NULL,            -- checkpoint, probes
    step       INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    path       TEXT NOT NULL,            -- below the run's folder
    attempt_id INTEGER NOT NULL REFERENCES attempt,
    written_at INTEGER NOT NULL,         -- unix microseconds
    PRIMARY KEY (cell_id, kind)          -- the newest
) STRICT, WITHOUT ROWID;

CREATE TABLE cell_input (
    cell_id INTEGER PRIMARY KEY REFERENCES cell,
    sha256  TEXT NOT NULL                -- of the parent's checkpoint that was read
) STRICT;

CREATE TABLE series (
    series_id INTEGER PRIMARY KEY,
    cell_id   INTEGER NOT NULL REFERENCES cell,
    split     TEXT NOT NULL,             -- train, val
    metric    TEXT NOT NULL,             -- loss, loss_prefix, loss_causal, lr, grad_norm ...
    UNIQUE (cell_id, split, metric)
) STRICT;

CREATE TABLE point (
    series_id INTEGER NOT NULL REFERENCES series,
    step      INTEGER NOT NULL,
    kind      INTEGER NOT NULL CHECK (kind IN (0, 1, 2, 3)), -- 0 finite, 1 nan, 2 inf, 3 -inf
    value     REAL CHECK ((kind = 0) = (value IS NOT NULL)), -- NULL where it is not finite
    PRIMARY KEY (series_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE probe_result (
    cell_id      INTEGER NOT NULL REFERENCES cell,
    tap          TEXT NOT NULL,          -- block.3, mean_last.6, pixels
    layer        INTEGER NOT NULL,       -- block's index, -1 for the other taps
    kind         TEXT NOT NULL CHECK (kind IN ('linear', 'attentive')),
    lr           REAL NOT NULL,
    weight_decay REAL NOT NULL,
    split        TEXT NOT NULL CHECK (split IN ('val', 'test')),
    images       INTEGER NOT NULL,       -- scored
    top1         REAL NOT NULL,          -- fraction
    top5         REAL NOT NULL,          -- fraction
    loss         REAL,                   -- nats; NULL where it is not finite
    chosen       INTEGER NOT NULL CHECK (chosen IN (0, 1)), -- best val top1 of its (tap, kind)
    PRIMARY KEY (cell_id, tap, kind, lr, weight_decay, split)
) STRICT, WITHOUT ROWID;
