/* bench/table.h - what was measured: one row a quantity, printed as it comes, kept for the file.
 *
 * A quantity is measured several times; median, lowest and highest are kept. Where a limit was
 * measured beside it, each measurement is held against the limit measured next to it, because a
 * shared machine is now faster and now slower: the share is the median of those quotients.
 *
 * Engine and harness are never linked into one program; both of their benchmarks print and write
 * through this, which therefore includes neither.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H
enum { BENCH_SAMPLES = 64, BENCH_ROWS = 1024, BENCH_SHAPE_NAME = 32 };

typedef struct {
    double at[BENCH_SAMPLES];
    int count;
} bench_samples;

void bench_sample(bench_samples *samples, double value);
double bench_median(const bench_samples *samples);

/* Fields that do not apply are NULL, or -1 for recompute and 0 for workers. */
typedef struct {
    const char *program; /* NULL: patchlaw; else a peer that does the same work; static */
    const char *suite, *metric, *unit; /* static */
    char shape[BENCH_SHAPE_NAME];      /* "": of no shape */
    const char *precision;             /* "fp32", "bf16", NULL; static */
    int workers, recompute;
    const char *limit_name; /* static */
} bench_what;

typedef struct {
    bench_what what;
    int count;
    double median, low, high;
    double limit, share; /* NAN without a limit */
} bench_row;

typedef struct {
    bench_row rows[BENCH_ROWS];
    int count;
} bench_table;

/* Adds a row and prints it; limits: one for each sample, or NULL. */
void bench_add(bench_table *table, bench_what what, const bench_samples *samples,
               const bench_samples *limits);
/* The same of one measurement without a limit. */
void bench_add_one(bench_table *table, bench_what what, double value);
/* Who was measured, and where; NULL where it does not apply. */
typedef struct {
    const char *version, *commit, *host, *cpu, *isa, *blas, *kernel;
    int dirty, cores;
} bench_machine;

/* Writes a file of schema patchlaw-bench-1 whole or not at all; 0, or an errno. */
int bench_write(const bench_table *table, const bench_machine *machine, const char *path);
/* A line to standard error: what is being measured now. */
void bench_progress(const char *format, ...) __attribute__((format(printf, 1, 2)));
#endif
