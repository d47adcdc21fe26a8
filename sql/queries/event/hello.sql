-- event_hello: who computes; returns nothing.
UPDATE attempt
SET engine = :version, git_commit = :commit, git_dirty = :dirty, build = :build, cpu = :cpu,
    isa = :isa, blas = :blas, blas_kernel = :kernel, workers = :workers
WHERE attempt_id = :attempt_id
