#include "bench/table.h"
#include "base/file.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include "train/machine.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void bench_progress(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

void bench_sample(bench_samples *samples, double value)
{
    VT_ASSERT(samples->count < BENCH_SAMPLES);
    samples->at[samples->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bench_samples sorted(const bench_samples *samples)
{
    bench_samples copy = *samples;
    qsort(copy.at, (size_t)copy.count, sizeof *copy.at, by_value);
    return copy;
}

double bench_median(const bench_samples *samples)
{
    bench_samples s = sorted(samples);
    if (s.count == 0) return (double)NAN;
    return (s.at[(s.count - 1) / 2] + s.at[s.count / 2]) / 2;
}

/* ---- for people ---- */

static void print_row(const bench_table *table, const bench_row *row)
{
    const bench_what *w = &row->what;
    int first =
        table->count == 0 || strcmp(table->rows[table->count - 1].what.suite, w->suite) != 0;
    if (first)
        (void)printf("\n%-8s %-18s %-4s %2s %2s %-20s %2s %10s %10s %10s %-9s %10s %-9s %7s\n",
                     w->suite, "shape", "prec", "w", "r", "metric", "n", "median", "low", "high",
                     "unit", "limit", "of", "share");
    char workers[12] = "", recompute[12] = "";
    if (w->workers > 0) (void)snprintf(workers, sizeof workers, "%d", w->workers);
    if (w->recompute >= 0) (void)snprintf(recompute, sizeof recompute, "%d", w->recompute);
    (void)printf("%-8s %-18s %-4s %2s %2s %-20s %2d %10.4g %10.4g %10.4g %-9s", "", w->shape,
                 w->precision ? w->precision : "", workers, recompute, w->metric, row->count,
                 row->median, row->low, row->high, w->unit);
    if (w->limit_name)
        (void)printf(" %10.4g %-9s %5.1f %%", row->limit, w->limit_name, 100 * row->share);
    (void)putchar('\n');
    (void)fflush(stdout);
}

void bench_add(bench_table *table, bench_what what, const bench_samples *samples,
               const bench_samples *limits)
{
    VT_ASSERT(table->count < BENCH_ROWS && samples->count > 0);
    VT_ASSERT(!limits || limits->count == samples->count);
    bench_samples in_order = sorted(samples);
    bench_row row = {.what = what,
                     .count = samples->count,
                     .median = bench_median(samples),
                     .low = in_order.at[0],
                     .high = in_order.at[samples->count - 1],
                     .limit = (double)NAN,
                     .share = (double)NAN};
    if (limits) {
        bench_samples share = {0};
        for (int i = 0; i < samples->count; i++)
            bench_sample(&share, samples->at[i] / limits->at[i]);
        row.limit = bench_median(limits);
        row.share = bench_median(&share);
    } else {
        row.what.limit_name = NULL;
    }
    print_row(table, &row);
    table->rows[table->count++] = row;
}

void bench_add_one(bench_table *table, bench_what what, double value)
{
    bench_samples one = {.at = {value}, .count = 1};
    bench_add(table, what, &one, NULL);
}

/* ---- for programs ---- */

enum { TEXT = 1024 };

static vt_status put(vt_writer *out, vt_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static vt_status put(vt_writer *out, vt_error *err, const char *format, ...)
{
    char text[TEXT];
    va_list args;
    va_start(args, format);
    int bytes = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    VT_ASSERT(bytes >= 0 && bytes < TEXT);
    return vt_writer_put(out, text, bytes, err);
}

typedef struct {
    char text[160];
} word;

/* JSON: text with its quotes, or null. */
static word quoted(const char *text)
{
    word w = {"null"};
    size_t at = 1, room = sizeof w.text - 3;
    if (!text || !*text) return w;
    w.text[0] = '"';
    for (; *text && at < room; text++) {
        if (*text == '"' || *text == '\\') w.text[at++] = '\\';
        w.text[at++] = (unsigned char)*text < ' ' ? ' ' : *text;
    }
    w.text[at++] = '"';
    w.text[at] = '\0';
    return w;
}

static word number(double value)
{
    word w = {"null"};
    if (isfinite(value)) (void)snprintf(w.text, sizeof w.text, "%.9g", value);
    return w;
}

static word whole(int value, int known)
{
    word w = {"null"};
    if (known) (void)snprintf(w.text, sizeof w.text, "%d", value);
    return w;
}

static vt_status put_machine(vt_writer *out, vt_error *err)
{
    vt_machine machine;
    char now[32];
    struct tm parts;
    time_t seconds = time(NULL);
    vt_machine_describe(&machine);
    (void)strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&seconds, &parts));
    return put(out, err,
               "{\"schema\":\"patchlaw-bench-1\",\"made_at\":\"%s\",\"version\":%s,\"commit\":%s,"
               "\"dirty\":%d,\"host\":%s,\"cpu\":%s,\"cores\":%d,\"isa\":%s,\"blas\":%s,"
               "\"kernel\":%s,\n\"rows\":[",
               now, quoted(machine.version).text, quoted(machine.commit).text, machine.dirty,
               quoted(machine.host).text, quoted(machine.cpu).text, vt_cores(),
               quoted(vt_kernels_now()->name).text, quoted(vt_gemm_library()).text,
               quoted(vt_gemm_kernel()).text);
}

static vt_status put_row(vt_writer *out, const bench_row *row, int first, vt_error *err)
{
    const bench_what *w = &row->what;
    return put(out, err,
               "%s\n{\"program\":\"patchlaw\",\"suite\":%s,\"shape\":%s,\"precision\":%s,"
               "\"workers\":%s,\"recompute\":%s,\"metric\":%s,\"unit\":%s,\"n\":%d,\"median\":%s,"
               "\"low\":%s,\"high\":%s,\"limit_name\":%s,\"limit\":%s}",
               first ? "" : ",", quoted(w->suite).text, quoted(w->shape).text,
               quoted(w->precision).text, whole(w->workers, w->workers > 0).text,
               whole(w->recompute, w->recompute >= 0).text, quoted(w->metric).text,
               quoted(w->unit).text, row->count, number(row->median).text, number(row->low).text,
               number(row->high).text, quoted(w->limit_name).text, number(row->limit).text);
}

vt_status bench_write(const bench_table *table, const char *path, vt_error *err)
{
    vt_writer *out = NULL;
    vt_status status = vt_writer_open(&out, path, err);
    if (status != VT_OK) return status;
    status = put_machine(out, err);
    for (int i = 0; i < table->count && status == VT_OK; i++)
        status = put_row(out, &table->rows[i], i == 0, err);
    if (status == VT_OK) status = put(out, err, "]}\n");
    if (status == VT_OK) status = vt_writer_commit(out, NULL, err);
    vt_writer_close(&out);
    return status;
}
