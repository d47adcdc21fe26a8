-- bench_add_file: notes a file of schema patchlaw-bench-1 that has been checked; returns nothing.
INSERT INTO bench_file (sha256, file, imported_at, made_at, version, git_commit, git_dirty, host,
                        cpu, cores, isa, blas, blas_kernel)
VALUES (:sha256, :file, :at, CAST(strftime('%s', :json ->> 'made_at') AS INTEGER) * 1000000,
        :json ->> 'version', :json ->> 'commit', :json ->> 'dirty', :json ->> 'host',
        :json ->> 'cpu', :json ->> 'cores', :json ->> 'isa', :json ->> 'blas', :json ->> 'kernel')
