-- merge_bench_files: benchmarks' files by their hash; returns nothing.
INSERT INTO main.bench_file (sha256, file, imported_at, made_at, version, git_commit, git_dirty,
                             host, cpu, cores, isa, blas, blas_kernel)
SELECT sha256, file, imported_at, made_at, version, git_commit, git_dirty, host, cpu, cores, isa,
       blas, blas_kernel
FROM other.bench_file
ORDER BY bench_file_id
ON CONFLICT DO NOTHING
