-- Speed: files that a benchmark wrote, and what was measured in each.
--
-- A file describes one program on one machine at one time; a result is one quantity,
-- measured several times. What it is of (suite, shape, precision ...) is the benchmark's to name.

PRAGMA user_version = 2;                 -- the number of this file

CREATE TABLE bench_file (
    bench_file_id INTEGER PRIMARY KEY,
    sha256      TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64), -- of its bytes
    file        TEXT NOT NULL,           -- path as given, or standard input
    imported_at INTEGER NOT NULL,        -- unix microseconds
    made_at     INTEGER NOT NULL,        -- unix microseconds: when it was measured
    version     TEXT NOT NULL,           -- of the sources that the benchmark belongs to
    git_commit  TEXT NOT NULL,           -- of them: 40 hex digits, or unknown
    git_dirty   INTEGER NOT NULL CHECK (git_dirty IN (0, 1)),
    host        TEXT NOT NULL,           -- that was measured
    cpu         TEXT,                    -- model name
    cores       INTEGER NOT NULL CHECK (cores > 0), -- that could be used
    isa         TEXT,                    -- vector instructions that the kernels use
    blas        TEXT,                    -- library and version
    blas_kernel TEXT                     -- that it chose for this CPU
) STRICT;

CREATE TABLE bench_result (
    bench_file_id INTEGER NOT NULL REFERENCES bench_file,
    ordinal     INTEGER NOT NULL,        -- place in the file, from 1
    program     TEXT NOT NULL,           -- patchlaw, or a peer that does the same work
    suite       TEXT NOT NULL,           -- limit, step, gemm, memory, probe ...
    shape       TEXT,                    -- of the work, in the suite's own letters
    precision   TEXT,                    -- fp32, bf16
    workers     INTEGER CHECK (workers > 0),
    recompute   INTEGER CHECK (recompute IN (0, 1)), -- 1: activations are computed twice
    metric      TEXT NOT NULL,           -- images_per_s ...
    unit        TEXT NOT NULL,           -- of median, low, high and limit_value
    n           INTEGER NOT NULL CHECK (n > 0), -- times that it was measured
    median      REAL NOT NULL CHECK (median BETWEEN low AND high),
    low         REAL NOT NULL,           -- the lowest of n
    high        REAL NOT NULL,           -- the highest
    limit_name  TEXT,                    -- of what bounds it on that machine: fma_peak ...
    limit_value REAL CHECK ((limit_value IS NULL) = (limit_name IS NULL)), -- measured beside it
    PRIMARY KEY (bench_file_id, ordinal)
) STRICT, WITHOUT ROWID;

-- A file measures a quantity once. No text is empty and no count negative, so that NULL is apart.
CREATE UNIQUE INDEX bench_result_once ON bench_result (
    bench_file_id, program, suite, ifnull(shape, ''), ifnull(precision, ''), ifnull(workers, 0),
    ifnull(recompute, -1), metric);
