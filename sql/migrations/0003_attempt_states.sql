-- Attempts from their queue to their end, under a name that no other ledger gives; runs of other
-- programs; when a sweep was last launched; what the curves of ended runs come to.
--
-- STRICT tables cannot change a CHECK: cell and attempt are made again and take their old rows.

PRAGMA user_version = 3;

ALTER TABLE sweep ADD COLUMN launched_at INTEGER; -- unix microseconds, the last time; NULL: unknown

CREATE TABLE cell_new (
    cell_id        INTEGER PRIMARY KEY,
    hash           TEXT NOT NULL UNIQUE CHECK (length(hash) = 64), -- SHA-256 of config
    -- external: another program made it, and its config holds that program's own keys
    task           TEXT NOT NULL CHECK (task IN ('pretrain', 'probe', 'external')),
    seed           INTEGER NOT NULL,
    config         TEXT NOT NULL,        -- resolved: every key, sorted, canonical
    parent_cell_id INTEGER REFERENCES cell, -- probe: the pre-training cell whose trunk it reads
    created_at     INTEGER NOT NULL      -- unix microseconds
) STRICT;

INSERT INTO cell_new (cell_id, hash, task, seed, config, parent_cell_id, created_at)
SELECT cell_id, hash, task, seed, config, parent_cell_id, created_at FROM cell;

DROP TABLE cell;
ALTER TABLE cell_new RENAME TO cell;
CREATE INDEX cell_by_parent ON cell (parent_cell_id);

CREATE TABLE attempt_new (
    attempt_id   INTEGER PRIMARY KEY,
    uuid         TEXT NOT NULL UNIQUE DEFAULT (lower(hex(randomblob(16)))), -- in any ledger
    cell_id      INTEGER NOT NULL REFERENCES cell,
    ordinal      INTEGER NOT NULL,       -- of this cell, from 1
    -- queued: waits for a launcher; claimed: a launcher has it; running: its engine has started;
    -- stopped: by a person; preempted: by the system (SIGTERM, SIGHUP); killed: by a signal that
    -- nobody here sent; orphaned: its launcher vanished; pruned: by a rule of the sweep;
    -- superseded: was done, but the trunk that this probe read has been replaced since
    state        TEXT NOT NULL CHECK (state IN
                     ('queued', 'claimed', 'running', 'done', 'stopped', 'diverged', 'failed',
                      'killed', 'preempted', 'orphaned', 'pruned', 'superseded')),
    host         TEXT,                   -- of the launcher
    boot_id      TEXT,                   -- of the host when it was launched
    pid          INTEGER,                -- of the engine; of the launcher until it has started one
    pid_started  INTEGER,                -- its start time, clock ticks since boot
    launcher_pid INTEGER,
    launcher_started INTEGER,            -- its start time, clock ticks since boot
    queued_at    INTEGER,                -- unix microseconds, as all that ends in _at
    claimed_at   INTEGER,
    started_at   INTEGER,                -- when its engine was
    heartbeat_at INTEGER,                -- the launcher's last sign of life
    beats        INTEGER NOT NULL DEFAULT 0, -- signs of life: they count where clocks jump
    ended_at     INTEGER,
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
    UNIQUE (cell_id, ordinal),
    CHECK (state = 'queued' OR (host IS NOT NULL AND heartbeat_at IS NOT NULL))
) STRICT;

INSERT INTO attempt_new (attempt_id, cell_id, ordinal, state, host, boot_id, pid, pid_started,
    launcher_pid, launcher_started, claimed_at, started_at, heartbeat_at, ended_at, exit_code,
    signal, reason, step_resumed, step, workers, engine, git_commit, git_dirty, build, cpu, isa,
    blas, blas_kernel, wall_s, cpu_s, rss_peak, folder)
SELECT attempt_id, cell_id, ordinal, state, host, boot_id, pid, pid_started,
    launcher_pid, launcher_started, started_at, started_at, heartbeat_at, ended_at, exit_code,
    signal, reason, step_resumed, step, workers, engine, git_commit, git_dirty, build, cpu, isa,
    blas, blas_kernel, wall_s, cpu_s, rss_peak, folder
FROM attempt;

DROP TABLE attempt;
ALTER TABLE attempt_new RENAME TO attempt;
CREATE INDEX attempt_by_state ON attempt (state);
-- No cell is worked on twice, whatever launchers do.
CREATE UNIQUE INDEX attempt_open ON attempt (cell_id)
    WHERE state IN ('queued', 'claimed', 'running');

CREATE TABLE series_summary (            -- of the curves of ended runs; can be made from point anew
    series_id   INTEGER PRIMARY KEY REFERENCES series,
    points      INTEGER NOT NULL,
    finite      INTEGER NOT NULL,        -- of them; the columns below but steps are of these
    step_first  INTEGER NOT NULL,
    step_last   INTEGER NOT NULL,
    value_first REAL,
    value_last  REAL,                    -- NULL where the last point is not finite
    value_min   REAL,
    step_min    INTEGER,                 -- the first that has value_min
    value_max   REAL,
    step_max    INTEGER,
    tail_mean   REAL                     -- of the points behind nine tenths of step_last
) STRICT;

INSERT INTO series_summary (series_id, points, finite, step_first, step_last,
    value_first, value_last, value_min, step_min, value_max, step_max, tail_mean)
SELECT series_id, points, finite, step_first, step_last,
    (SELECT value FROM point p WHERE p.series_id = s.series_id AND step = step_first),
    (SELECT value FROM point p WHERE p.series_id = s.series_id AND step = step_last),
    value_min,
    (SELECT min(step) FROM point p WHERE p.series_id = s.series_id AND value = value_min),
    value_max,
    (SELECT min(step) FROM point p WHERE p.series_id = s.series_id AND value = value_max),
    (SELECT avg(value) FROM point p
      WHERE p.series_id = s.series_id AND step > 0.9 * step_last AND kind = 0)
FROM (SELECT series_id, count(*) AS points, count(value) AS finite, min(step) AS step_first,
             max(step) AS step_last, min(value) AS value_min, max(value) AS value_max
        FROM series JOIN point USING (series_id)
       GROUP BY series_id) s;
